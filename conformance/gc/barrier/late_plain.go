// run
// stress
// timeout: 30

// Objects that marking reaches last, behind a long chain, are taken away in the meantime, one by one, to a stack
// that was scanned at the beginning: only the barrier knows of them.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

type leaf struct{ id, check int }

type late struct{ p [64]*leaf }

type link struct {
	next *link
	end  *late
}

var sink *leaf

// Behind is a chain in the order of no memory, with the object at its end.
func behind(l *late) *link {
	const n, step = 300_000, 7919
	links := make([]*link, n)
	for i := range links {
		links[i] = &link{}
	}
	for i := 0; i < n-1; i++ {
		links[i*step%n].next = links[(i+1)*step%n]
	}
	links[(n-1)*step%n].end = l
	return links[0]
}

//go:nocheckptr
//go:noinline
func take(address uintptr, i int) (l *leaf) {
	late := (*late)(unsafe.Pointer(address)) // kept by the chain
	l, late.p[i] = late.p[i], nil
	return l
}

//go:noinline
func put(address uintptr, i int, l *leaf) { (*late)(unsafe.Pointer(address)).p[i] = l }

//go:noinline
func build() (*link, uintptr) {
	l := new(late)
	for i := range l.p {
		l.p[i] = &leaf{i, ^i}
	}
	return behind(l), uintptr(unsafe.Pointer(l))
}

func main() {
	chain, address := build()
	bad := 0
	for round := 0; round < 4; round++ {
		var done atomic.Bool
		go func() {
			runtime.GC()
			done.Store(true)
		}()
		var mine [64]*leaf
		for i := range mine {
			time.Sleep(100 * time.Microsecond)
			mine[i] = take(address, i)
		}
		for !done.Load() {
			time.Sleep(100 * time.Microsecond)
		}
		for i := 0; i < 10_000; i++ {
			sink = &leaf{-1, -1}
		}
		for i, l := range mine {
			if l.id != i || l.check != ^i {
				bad++
				l = &leaf{i, ^i}
			}
			put(address, i, l)
		}
	}
	runtime.KeepAlive(chain)
	fmt.Println("bad:", bad)
}
