// run
// stress

// What package variables led to is collected when they are set to something else.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type item struct {
	id  int
	pad [4]*item
}

var (
	one     *item
	array   [64]*item
	slots   = [3]*item{{id: -1}, {id: -2}, {id: -3}}
	slice   []*item
	strct   struct{ a, b *item }
	iface   any
	f       func() int
	pending = make(map[int]*item)
)

var freed atomic.Int32

//go:noinline
func fresh(id int) *item {
	it := &item{id: id}
	runtime.SetFinalizer(it, func(*item) { freed.Add(1) })
	return it
}

func collected(n int32) (int32, bool) {
	for i := 0; i < 500 && freed.Load() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return freed.Load(), true
}

//go:noinline
func fill() {
	one, strct.a, strct.b, iface = fresh(1), fresh(2), fresh(3), fresh(4)
	for i := range array {
		array[i] = fresh(i)
	}
	for i := range slots {
		slots[i].pad[i] = fresh(i)
	}
	slice = append(slice, fresh(5), fresh(6))
	it := fresh(7)
	f = func() int { return it.id }
	pending[8] = fresh(8)
}

func main() {
	fill()
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("while held:", freed.Load(), f())
	one, strct.a = nil, nil
	fmt.Println(collected(2))
	for i := 0; i < 32; i++ {
		array[i] = array[63-i]
	}
	fmt.Println(collected(34))
	strct.b, iface = nil, "something else"
	fmt.Println(collected(36))
	slots[1].pad[1] = nil
	slots[2] = nil // what the compiler laid out for it is a root of its own, and keeps what it leads to
	fmt.Println(collected(37))
	slice = slice[:0] // still there behind the end
	runtime.GC()
	time.Sleep(time.Millisecond)
	fmt.Println(freed.Load(), slice[:2][1].id)
	slice, f, pending = nil, nil, nil
	fmt.Println(collected(41))
	array = [64]*item{}
	slots[0] = nil
	fmt.Println(collected(73))
}
