// run
// stress

// Memory that is not there (a mapped file that was cut), touched by the runtime on the program's behalf: by copies, comparisons,
// hashes and conversions, whichever stack they run on. With SetPanicOnFault each is a panic of the goroutine with the address, and the program, its
// maps and its collector go on as if nothing had happened.
package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"
)

var sink any
var sinkBool bool
var sinkInt int
var bad []byte

const size = 1 << 20

type pair struct {
	p *int
	b [100]byte
}

type method int

func (method) String() string { return "" }

//go:linkname stringHash runtime.stringHash
func stringHash(s string, seed uintptr) uintptr

// A call of it names no function.
var hashString = stringHash

type key struct {
	a any
	s string
}

//go:noinline
func fresh(n int) []byte { return make([]byte, n) }

func text(n int) string { return unsafe.String(&bad[0], n) }

// An interface whose value of type T is in the memory that is not there.
func boxed[T any]() any {
	var zero T
	v := any(zero)
	(*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1] = unsafe.Pointer(&bad[0])
	return v
}

var cases = []struct {
	name string
	f    func()
}{
	{"index", func() { sink = bad[100] }},
	{"copy from", func() { copy(fresh(size), bad) }},
	{"copy to", func() { copy(bad, fresh(size)) }},
	{"equal", func() { sinkBool = bytes.Equal(fresh(size), bad) }},
	{"index byte", func() { sinkInt = bytes.IndexByte(bad, 'x') }},
	{"compare", func() { sinkInt = strings.Compare(text(100), string(fresh(100))) }},
	{"clear", func() { clear(bad) }},
	{"atomic", func() { atomic.AddInt64((*int64)(unsafe.Pointer(&bad[8])), 1) }},
	{"atomic pointer", func() { atomic.StorePointer((*unsafe.Pointer)(unsafe.Pointer(&bad[8])), nil) }},
	{"string of bytes", func() { sink = string(bad) }},
	{"string of one byte", func() { sink = string(bad[:1]) }},
	{"bytes of string", func() { sink = []byte(text(1000)) }},
	{"runes of string", func() { sink = []rune(text(1000)) }},
	{"string of runes", func() { sink = string(unsafe.Slice((*rune)(unsafe.Pointer(&bad[0])), 100)) }},
	{"range over string", func() {
		for _, r := range text(10) {
			sinkInt += int(r)
		}
	}},
	{"count of runes", func() { sinkInt = len([]rune(text(1000))) }},
	{"hash by function value", func() { sinkInt = int(hashString(text(1000), 1)) }},
	{"concatenation", func() { sink = "abc" + text(1000) }},
	{"concatenation of many", func() { sink = strings.Join([]string{"a", text(10), "b", text(20), "c", "d"}, "") }},
	{"append of bytes", func() { sink = append([]byte("abc"), bad...) }},
	{"append that grows", func() { sink = append(bad[:cap(bad):cap(bad)], 1) }},
	{"append of pointers that grows", func() {
		s := unsafe.Slice((**int)(unsafe.Pointer(&bad[0])), 100)
		sink = append(s[:100:100], new(int))
	}},
	{"make and copy", func() {
		b := make([]byte, 1000)
		copy(b, bad[:1000])
		sink = b
	}},
	{"make and copy pointers", func() {
		s := unsafe.Slice((**int)(unsafe.Pointer(&bad[0])), 100)
		b := make([]*int, 100)
		copy(b, s)
		sink = b
	}},
	{"interface of bytes", func() { sink = *(*[100]byte)(unsafe.Pointer(&bad[0])) }},
	{"interface of pointers", func() { sink = *(*pair)(unsafe.Pointer(&bad[0])) }},
	{"interfaces equal", func() { sinkBool = boxed[[100]byte]() == any([100]byte{}) }},
	{"interfaces of words equal", func() { sinkBool = boxed[int]() == any(1000) }},
	{"interfaces with methods equal", func() { sinkBool = boxed[method]().(fmt.Stringer) == fmt.Stringer(method(1000)) }},
	{"interfaces of strings equal", func() { sinkBool = boxed[string]() == any("text") }},
	{"interfaces of interfaces equal", func() { sinkBool = boxed[key]() == any(key{}) }},
	{"interfaces of bad strings equal", func() { sinkBool = any(text(100)) == any(string(fresh(100))) }},
	{"map of strings, read", func() { sinkInt = ten[text(1000)] }},
	{"map of strings, write", func() { ten[text(1000)] = 1 }},
	{"map of strings, delete", func() { delete(ten, text(1000)) }},
	{"map of arrays, read", func() { sinkInt = arrays[*(*[100]byte)(unsafe.Pointer(&bad[0]))] }},
	{"map of arrays, write", func() { arrays[*(*[100]byte)(unsafe.Pointer(&bad[0]))] = 1 }},
	{"map of interfaces, read", func() { sinkInt = faces[boxed[key]()] }},
	{"map of interfaces, write", func() { faces[key{1, text(100)}] = 2 }},
	{"map of interfaces, delete", func() { delete(faces, any(text(100))) }},
	{"map of structs, write", func() { keys[key{boxed[string](), "x"}] = 2 }},
	{"reflect map read", func() { reflect.ValueOf(ten).MapIndex(reflect.ValueOf(text(100))) }},
	{"reflect map write", func() { reflect.ValueOf(faces).SetMapIndex(reflect.ValueOf(key{2, text(100)}), reflect.ValueOf(1)) }},
	{"reflect element write", func() {
		v := reflect.NewAt(reflect.TypeOf(pair{}), unsafe.Pointer(&bad[0])).Elem()
		reflect.ValueOf(pairs).SetMapIndex(reflect.ValueOf(7), v)
	}},
	{"reflect interface", func() { sink = reflect.NewAt(reflect.TypeOf(pair{}), unsafe.Pointer(&bad[0])).Elem().Interface() }},
	{"reflect set", func() {
		reflect.NewAt(reflect.TypeOf(pair{}), unsafe.Pointer(&bad[0])).Elem().Set(reflect.ValueOf(pair{}))
	}},
	{"reflect set of interface", func() {
		reflect.NewAt(reflect.TypeOf((*fmt.Stringer)(nil)).Elem(), unsafe.Pointer(&bad[0])).Elem().Set(reflect.ValueOf(reflect.ValueOf(1)))
	}},
	{"reflect grow", func() {
		s := unsafe.Slice((*int)(unsafe.Pointer(&bad[0])), 100)[:100:100]
		reflect.ValueOf(&s).Elem().Grow(10)
	}},
	{"received value", func() {
		c := make(chan [100]byte, 1)
		c <- [100]byte{}
		*(*[100]byte)(unsafe.Pointer(&bad[0])) = <-c
	}},
}

var (
	ten    = map[string]int{}
	arrays = map[[100]byte]int{}
	faces  = map[any]int{}
	keys   = map[key]int{}
	pairs  = map[int]pair{}
)

type addresser interface{ Addr() uintptr }

func try(f func()) (what string) {
	defer func() {
		r := recover()
		e, ok := r.(runtime.Error)
		if !ok {
			what = fmt.Sprint("no runtime error: ", r)
			return
		}
		what = e.Error()
		if a, ok := e.(addresser); ok {
			at := a.Addr()
			begin := uintptr(unsafe.Pointer(&bad[0]))
			what += fmt.Sprint(", address within: ", at >= begin && at < begin+size)
		}
	}()
	f()
	return "nothing"
}

func fill() {
	for i := 0; i < 10; i++ {
		s := fmt.Sprint("key", i)
		ten[s] = i
		arrays[[100]byte{byte(i)}] = i
		faces[s], faces[i], faces[key{i, s}] = i, i, i
		keys[key{i, s}] = i
	}
}

func main() {
	f, err := os.CreateTemp("", "cut")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	f.Truncate(size)
	bad, err = syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	f.Truncate(0)
	fill()
	debug.SetPanicOnFault(true)
	for _, c := range cases {
		first := try(c.f)
		fmt.Println(c.name+":", first)
		// Often enough for every slow way to be taken; the caches of memory are empty now and then.
		for i := 0; i < 300; i++ {
			if i%100 == 0 {
				runtime.GC()
			}
			if again := try(c.f); again != first {
				fmt.Println(c.name+", again:", again)
				break
			}
		}
	}
	sum := 0
	for i := 0; i < 10; i++ {
		s := fmt.Sprint("key", i)
		sum += ten[s] + arrays[[100]byte{byte(i)}] + faces[s] + faces[i] + faces[key{i, s}] + keys[key{i, s}]
	}
	fmt.Println(sum, len(ten), len(arrays), len(keys))
}
