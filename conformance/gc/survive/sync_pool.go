// run

// What lies in a Pool outlives one collection and not a second one; then New is asked again.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

type item struct {
	id  int
	pad [10]int
}

var freed, made atomic.Int32

var pool = sync.Pool{New: func() any {
	it := &item{id: int(made.Add(1))}
	runtime.SetFinalizer(it, func(*item) { freed.Add(1) })
	return it
}}

//go:noinline
func fill(n int) {
	var items []any
	for i := 0; i < n; i++ {
		items = append(items, pool.Get())
	}
	for _, it := range items {
		pool.Put(it)
	}
}

//go:noinline
func take() int {
	it := pool.Get().(*item)
	defer pool.Put(it)
	return it.id
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	const n = 50
	fill(n)
	fmt.Println("made:", made.Load())
	runtime.GC()
	time.Sleep(time.Millisecond)
	fmt.Println("freed after one:", freed.Load())
	// From the victims, which one collection left: nothing new is made.
	fmt.Println("known:", take() <= n, made.Load())
	for i := 0; i < 500 && freed.Load() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("freed after more:", freed.Load())
	fmt.Println("new:", take() == n+1, made.Load())
	// In use, an item must not be freed.
	it := pool.Get().(*item)
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	time.Sleep(time.Millisecond)
	id := it.id
	pool.Put(it)
	fmt.Println("kept:", freed.Load() == n, id)
	// Used between collections, a pool keeps giving what it has.
	before := made.Load()
	for i := 0; i < 20; i++ {
		take()
		runtime.GC()
	}
	fmt.Println("made more:", made.Load()-before <= 20)
}
