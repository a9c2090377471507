// run

// Random numbers, clocks, hashes, semaphores.
package main

import (
	"fmt"
	"math/bits"
	"time"
	"unsafe"
)

//go:linkname fastrand runtime.fastrand
func fastrand() uint32

//go:linkname fastrandn runtime.fastrandn
func fastrandn(n uint32) uint32

//go:linkname fastrandu runtime.fastrandu
func fastrandu() uint

//go:linkname fastrand64 runtime.fastrand64
func fastrand64() uint64

//go:linkname nanotime runtime.nanotime
func nanotime() int64

//go:linkname nanotime1 runtime.nanotime1
func nanotime1() int64

//go:linkname cputicks runtime.cputicks
func cputicks() int64

//go:linkname memhash runtime.memhash
func memhash(p unsafe.Pointer, seed, s uintptr) uintptr

//go:linkname memhash32 runtime.memhash32
func memhash32(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname memhash64 runtime.memhash64
func memhash64(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname strhash runtime.strhash
func strhash(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname memhashFallback runtime.memhashFallback
func memhashFallback(p unsafe.Pointer, seed, s uintptr) uintptr

//go:linkname strhashFallback runtime.strhashFallback
func strhashFallback(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname stringHash runtime.stringHash
func stringHash(s string, seed uintptr) uintptr

//go:linkname bytesHash runtime.bytesHash
func bytesHash(b []byte, seed uintptr) uintptr

//go:linkname int32Hash runtime.int32Hash
func int32Hash(i uint32, seed uintptr) uintptr

//go:linkname int64Hash runtime.int64Hash
func int64Hash(i uint64, seed uintptr) uintptr

//go:linkname efaceHash runtime.efaceHash
func efaceHash(i any, seed uintptr) uintptr

//go:linkname ifaceHash runtime.ifaceHash
func ifaceHash(i interface{ F() }, seed uintptr) uintptr

//go:linkname typehash runtime.typehash
func typehash(t unsafe.Pointer, p unsafe.Pointer, h uintptr) uintptr

//go:linkname semacquire runtime.semacquire
func semacquire(addr *uint32)

//go:linkname semrelease runtime.semrelease
func semrelease(addr *uint32)

type F struct {
	a int32
	s string
}

func (F) F() {}

func typeOf(x any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&x)) }

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

func main() {
	// Random: each of 64 bits is seen both ways, what is bounded stays below its bound.
	var ones, zeros uint64
	var below [7]int
	for i := 0; i < 2000; i++ {
		x := fastrand64() ^ uint64(fastrand()) ^ uint64(fastrandu())
		ones, zeros = ones|x, zeros|^x
		below[fastrandn(7)]++
	}
	all := true
	for _, n := range below {
		all = all && n > 0
	}
	fmt.Println(bits.OnesCount64(ones), bits.OnesCount64(zeros), all, fastrandn(1))

	// Clocks.
	a, b, c := nanotime(), nanotime1(), cputicks()
	time.Sleep(time.Millisecond)
	fmt.Println(b >= a, nanotime()-a >= 1e6, nanotime1()-b >= 1e6, cputicks() > c)

	// Hashes: the same value by every way has the same hash; another seed or value another one.
	s, bs := "hash me, please, with more than sixteen bytes", []byte("hash me, please, with more than sixteen bytes")
	h := stringHash(s, 1)
	p := unsafe.Pointer(&bs[0])
	fmt.Println(h == bytesHash(bs, 1), h == strhash(unsafe.Pointer(&s), 1), h == memhash(p, 1, uintptr(len(bs))),
		h == typehash(typeOf(s), unsafe.Pointer(&s), 1), h == stringHash(s, 2), h == stringHash(s[1:], 1))
	fmt.Println(memhashFallback(p, 1, 9) == memhashFallback(p, 1, 9), memhashFallback(p, 1, 9) == memhashFallback(p, 1, 10),
		strhashFallback(unsafe.Pointer(&s), 3) == strhashFallback(unsafe.Pointer(&s), 3))
	i32, i64 := uint32(77), uint64(1)<<40
	fmt.Println(int32Hash(i32, 5) == memhash32(unsafe.Pointer(&i32), 5), int64Hash(i64, 5) == memhash64(unsafe.Pointer(&i64), 5),
		int32Hash(i32, 5) == int32Hash(i32+1, 5), int64Hash(i64, 5) == int64Hash(i64, 6))
	f, g := F{1, "x"}, F{1, string([]byte{'x'})}
	fmt.Println(efaceHash(f, 9) == efaceHash(g, 9), ifaceHash(f, 9) == ifaceHash(g, 9), efaceHash(f, 9) == ifaceHash(f, 9),
		efaceHash(f, 9) == efaceHash(F{2, "x"}, 9), efaceHash(1, 9) == efaceHash(uint(1), 9), efaceHash(nil, 9))
	try("eface", func() { efaceHash([]int{1}, 0) })
	try("type", func() { f := func() {}; typehash(typeOf(f), unsafe.Pointer(&f), 0) })

	// Semaphores.
	var sema uint32 = 2
	semacquire(&sema)
	semacquire(&sema)
	go func() {
		for i := 0; i < 100; i++ {
			semrelease(&sema)
		}
	}()
	for i := 0; i < 100; i++ {
		semacquire(&sema)
	}
	fmt.Println(sema)
}
