// run
// stress
// timeout: 30

// As late_plain, with whole blocks of pointers that are taken by copying: arrays, slices, structs, appends,
// maps, channels, reflection; and the place they were taken from is cleared in as many ways.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

type leaf struct{ id, check int }

type block [8]*leaf

type record struct {
	name string
	B    block
	any  any
}

type late struct{ r [90]record }

type link struct {
	next *link
	end  *late
}

var sink *leaf

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

var queue = make(chan block, 100)
var table = map[int]block{}

//go:nocheckptr
//go:noinline
func take(address uintptr, i int) any {
	r := &(*late)(unsafe.Pointer(address)).r[i] // kept by the chain
	switch i % 9 {
	case 0:
		b := new(block)
		*b = r.B
		r.B = block{}
		return b
	case 1:
		s := make([]*leaf, 8)
		copy(s, r.B[:])
		clear(r.B[:])
		return s
	case 2:
		s := append([]*leaf(nil), r.B[:]...)
		for i := range r.B {
			r.B[i] = nil
		}
		return s
	case 3:
		x := new(record)
		*x, *r = *r, record{}
		return x
	case 4:
		queue <- r.B
		*r = record{}
		return queue
	case 5:
		table[i] = r.B
		r.B = block{}
		return table
	case 6:
		s := make([]*leaf, 8)
		reflect.Copy(reflect.ValueOf(s), reflect.ValueOf(r.B[:]))
		reflect.ValueOf(r).Elem().Field(1).SetZero()
		return s
	case 7:
		x := any(r.B) // boxed
		r.B = block{}
		return x
	default:
		b := r.B
		r.B = block{}
		return func() block { return b }
	}
}

//go:noinline
func build() (*link, uintptr) {
	l := new(late)
	for i := range l.r {
		for k := range l.r[i].B {
			l.r[i].B[k] = &leaf{8*i + k, ^(8*i + k)}
		}
	}
	return behind(l), uintptr(unsafe.Pointer(l))
}

func open(x any, i int) []*leaf {
	switch x := x.(type) {
	case *block:
		return x[:]
	case []*leaf:
		return x
	case *record:
		return x.B[:]
	case chan block:
		b := <-x
		return b[:]
	case map[int]block:
		b := x[i]
		return b[:]
	case block:
		return x[:]
	case func() block:
		b := x()
		return b[:]
	}
	return nil
}

func main() {
	bad := 0
	for round := 0; round < 3; round++ {
		chain, address := build()
		runtime.GC()
		var done atomic.Bool
		go func() {
			runtime.GC()
			done.Store(true)
		}()
		var mine [90]any
		for i := range mine {
			if i%2 == 0 {
				time.Sleep(100 * time.Microsecond)
			}
			mine[i] = take(address, i)
		}
		for !done.Load() {
			time.Sleep(100 * time.Microsecond)
		}
		runtime.KeepAlive(chain)
		for i := 0; i < 10_000; i++ {
			sink = &leaf{-1, -1}
		}
		for i, x := range mine {
			leaves := open(x, i)
			for k, l := range leaves {
				if l.id != 8*i+k || l.check != ^l.id {
					bad++
				}
			}
			if len(leaves) != 8 {
				bad++
			}
		}
	}
	fmt.Println("bad:", bad)
}
