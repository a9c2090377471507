// run
// stress

// Objects with finalizers that are on a cycle are kept, and their finalizers do not run; a cycle behind
// an object with a finalizer is no obstacle, nor is a pointer of an object to itself.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type node struct {
	next *node
	id   int
	pad  [5]int
}

var ran [8]atomic.Int32
var mark atomic.Int32

func finalize(n *node) { ran[n.id].Add(1) }

//go:noinline
func build() {
	a, b := &node{id: 0}, &node{id: 1}
	a.next, b.next = b, a
	runtime.SetFinalizer(a, finalize) // both on a cycle
	runtime.SetFinalizer(b, finalize)
	c, d := &node{id: 2}, &node{id: 3}
	c.next, d.next = d, c
	runtime.SetFinalizer(c, finalize) // one of two on a cycle
	e := &node{id: 4}
	e.next = e
	runtime.SetFinalizer(e, finalize) // leads to itself alone
	f, g := &node{id: 5}, &node{id: 6}
	f.next, g.next = g, g
	runtime.SetFinalizer(f, finalize) // leads to a cycle, is not on it
	h := &node{id: 7, next: e}
	runtime.SetFinalizer(h, finalize) // leads to one with a finalizer
}

//go:noinline
func sentinel() {
	runtime.SetFinalizer(&node{}, func(*node) { mark.Add(1) })
}

func main() {
	build()
	for round := int32(1); round <= 5; round++ {
		sentinel()
		for i := 0; i < 1000 && mark.Load() < round; i++ {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println("rounds:", mark.Load())
	for id := range ran {
		fmt.Println(id, ran[id].Load())
	}
}
