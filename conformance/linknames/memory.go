// run
// stress

// Allocation, barriers, channels' buffers, method tables, maps, and what the heap says of an address.
package main

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"
)

//go:linkname newarray runtime.newarray
func newarray(typ unsafe.Pointer, n int) unsafe.Pointer

//go:linkname mallocgc runtime.mallocgc
func mallocgc(size uintptr, typ unsafe.Pointer, needzero bool) unsafe.Pointer

//go:noescape
//go:linkname noescape runtime.noescape
func noescape(p unsafe.Pointer) unsafe.Pointer

//go:linkname add runtime.add
func add(p unsafe.Pointer, x uintptr) unsafe.Pointer

//go:linkname atomicwb runtime.atomicwb
func atomicwb(ptr *unsafe.Pointer, new unsafe.Pointer)

//go:linkname chanbuf runtime.chanbuf
func chanbuf(c unsafe.Pointer, i uint) unsafe.Pointer

//go:linkname getitab runtime.getitab
func getitab(inter, typ unsafe.Pointer, canfail bool) unsafe.Pointer

//go:linkname gostring runtime.gostring
func gostring(p *byte) string

//go:linkname findObject runtime.findObject
func findObject(p, refBase, refOff uintptr) (base uintptr, s unsafe.Pointer, objIndex uintptr)

//go:noescape
//go:linkname checkptrBase runtime.checkptrBase
func checkptrBase(p unsafe.Pointer) uintptr

//go:linkname checkptrStraddles runtime.checkptrStraddles
func checkptrStraddles(p unsafe.Pointer, size uintptr) bool

//go:linkname mapassign_fast32ptr runtime.mapassign_fast32ptr
func mapassign_fast32ptr(t, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname growslice runtime.growslice
func growslice(old unsafe.Pointer, newLen, oldCap, num int, et unsafe.Pointer) []*int

//go:linkname typedmemmove runtime.typedmemmove
func typedmemmove(t, dst, src unsafe.Pointer)

//go:linkname makemap_small runtime.makemap_small
func makemap_small() unsafe.Pointer

//go:linkname mapassign_faststr runtime.mapassign_faststr
func mapassign_faststr(t, m unsafe.Pointer, key string) unsafe.Pointer

//go:linkname slicebytetostring runtime.slicebytetostring
func slicebytetostring(buf unsafe.Pointer, p *byte, n int) string

func typeOf(x any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&x)) }

type eface struct{ typ, data unsafe.Pointer }

func rtype(t reflect.Type) unsafe.Pointer { return (*eface)(unsafe.Pointer(&t)).data }

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

type list struct {
	next  *list
	value int
}

var global [3]int
var slot unsafe.Pointer
var keep []*int

func main() {
	// An array of pointers that the collector sees.
	p := (*[100]*int)(newarray(typeOf((*int)(nil)), 100))
	for i := range p {
		p[i] = new(int)
		*p[i] = i
	}
	l := (*list)(mallocgc(unsafe.Sizeof(list{}), typeOf(list{}), true))
	l.next = &list{nil, 5}
	runtime.GC()
	sum := 0
	for i := range p {
		sum += *p[i]
	}
	fmt.Println(sum, l.value, l.next.value)
	try("newarray", func() { newarray(typeOf(0), -1) })
	try("newarray", func() { newarray(typeOf(0), 1<<62) })

	// Pointers.
	numbers := [4]int32{1, 2, 3, 4}
	fmt.Println(*(*int32)(add(unsafe.Pointer(&numbers), 8)), *(*int32)(noescape(unsafe.Pointer(&numbers[3]))))

	// The barrier of a store that is made by hand, while marking.
	for i := 0; i < 2000; i++ {
		n := &list{(*list)(slot), i}
		if i%100 == 0 {
			n.next = nil
		}
		atomicwb(&slot, unsafe.Pointer(n))
		atomic.StoreUintptr((*uintptr)(unsafe.Pointer(&slot)), uintptr(unsafe.Pointer(n)))
		if i%500 == 0 {
			go runtime.GC()
		}
	}
	count, last := 0, (*list)(slot).value
	for n := (*list)(slot); n != nil; n = n.next {
		count++
		if n.value != last {
			fmt.Println("lost", n.value)
		}
		last--
	}
	fmt.Println(count)

	// A channel's buffer.
	c := make(chan [3]uint16, 4)
	for i := uint16(0); i < 4; i++ {
		c <- [3]uint16{i, i + 1, i + 2}
	}
	ch := *(*unsafe.Pointer)(unsafe.Pointer(&c))
	for i := uint(0); i < 4; i++ {
		fmt.Print(*(*[3]uint16)(chanbuf(ch, i)), " ")
	}
	fmt.Println()

	// Method tables.
	reader := rtype(reflect.TypeOf((*io.Reader)(nil)).Elem())
	file := typeOf((*os.File)(nil))
	var r io.Reader = (*os.File)(nil)
	fmt.Println(getitab(reader, file, false) == *(*unsafe.Pointer)(unsafe.Pointer(&r)),
		getitab(reader, file, true) == getitab(reader, file, false),
		getitab(reader, typeOf(1), true) == nil)
	try("getitab", func() { getitab(reader, typeOf(1), false) })
	try("getitab", func() { getitab(reader, typeOf(strings.Builder{}), false) })

	fmt.Println(gostring(&[]byte("text\x00more")[0]), gostring(nil) == "")

	// What the heap knows. Inside of an object is as good as its begin; other memory is none of the heap's.
	obj := new([6]uint64)
	keep = append(keep, (*int)(unsafe.Pointer(obj)))
	at := uintptr(unsafe.Pointer(obj))
	base, s1, i1 := findObject(at+40, 0, 0)
	base2, s2, i2 := findObject(at, 0, 0)
	none, s3, i3 := findObject(uintptr(unsafe.Pointer(&global)), 0, 0)
	fmt.Println(base == at, base2 == at, s1 == s2 && s1 != nil, i1 == i2, none, s3 == nil, i3)
	var local [4]int
	fmt.Println(checkptrBase(unsafe.Pointer(&obj[3])) == at, checkptrBase(noescape(unsafe.Pointer(&local[1]))), checkptrBase(nil),
		checkptrBase(unsafe.Pointer(&global[1])) == checkptrBase(unsafe.Pointer(&global[2])), checkptrBase(unsafe.Pointer(&global)) != 0)
	fmt.Println(checkptrStraddles(unsafe.Pointer(obj), 48), checkptrStraddles(unsafe.Pointer(obj), 49), checkptrStraddles(unsafe.Pointer(obj), 0),
		checkptrStraddles(unsafe.Pointer(obj), ^uintptr(0)))

	// Maps and slices.
	m := map[*int]string{}
	key := new(int)
	*(*string)(mapassign_fast32ptr(typeOf(m), *(*unsafe.Pointer)(unsafe.Pointer(&m)), unsafe.Pointer(key))) = "v"
	fmt.Println(len(m)) // official Go writes 64-bit keys where this map's are not: nothing finds it again
	words := *(*map[string]int)(unsafe.Pointer(&[1]unsafe.Pointer{makemap_small()}))
	for _, w := range strings.Fields("a b a c a b") {
		*(*int)(mapassign_faststr(typeOf(words), *(*unsafe.Pointer)(unsafe.Pointer(&words)), w))++
	}
	fmt.Println(words)
	some := []*int{new(int), new(int)}
	grown := growslice(unsafe.Pointer(&some[0]), 3, cap(some), 1, typeOf((*int)(nil)))
	fmt.Println(len(grown), cap(grown), grown[1] == some[1])
	var moved list
	typedmemmove(typeOf(list{}), noescape(unsafe.Pointer(&moved)), unsafe.Pointer(&list{nil, 8}))
	fmt.Println(moved, slicebytetostring(nil, &[]byte("bytes")[0], 4))
}
