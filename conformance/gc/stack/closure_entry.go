// run
// stress
// timeout: 30

// Goroutines are stopped where a closure begins: nothing but the call itself knows the closure then, and
// what it captured.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type leaf struct{ id, check int }

var sink [8]*leaf

//go:noinline
func makeClosure(i int) func(int) int {
	l, m := &leaf{i, ^i}, &leaf{-i, ^-i}
	return func(n int) int {
		var frame [40]int // large enough for a look at the stack's bound
		frame[n%40] = l.id
		if l.check != ^i || m.id != -l.id || m.check != ^m.id {
			return 1
		}
		if n > 0 && n%50 == 0 {
			return makeClosure(i + 1)(n - 1)
		}
		return frame[n%40] - i
	}
}

//go:noinline
func grow(n int) int { // from a shallow stack, closures begin by growing it
	if n == 0 {
		return 0
	}
	return makeClosure(n)(n) + grow(n-1)
}

func main() {
	var stop atomic.Bool
	var wg sync.WaitGroup
	var bad, calls atomic.Int64
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; !stop.Load(); i++ {
				for k := 0; k < 30; k++ {
					bad.Add(int64(makeClosure(k)(i + k)))
					sink[g] = &leaf{-1, -1}
				}
				done := make(chan int)
				go func() { done <- grow(30) }()
				bad.Add(int64(<-done))
				calls.Add(60)
				runtime.Gosched()
			}
		}(g)
	}
	for i := 0; i < 60; i++ {
		runtime.GC()
		runtime.Gosched()
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("bad:", bad.Load(), "called:", calls.Load() > 100)
}
