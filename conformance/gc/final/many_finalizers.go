// run

// Half a million finalizers: they are roots in pieces, so that neither SetFinalizer nor a goroutine that sleeps waits for all
// of them; what they keep is kept, and each that is due runs once.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type obj struct {
	next *obj
	p    *int
}

func main() {
	const n = 300000
	var ran, damaged atomic.Int64
	keep := make([]*obj, n)
	for i := range keep {
		p := new(int)
		*p = i
		keep[i] = &obj{p: p}
		runtime.SetFinalizer(keep[i], func(o *obj) {
			ran.Add(1)
			if *o.p < 0 || *o.p >= n {
				damaged.Add(1)
			}
		})
	}
	var stop atomic.Bool
	done := make(chan int64)
	go func() {
		var worst time.Duration
		for !stop.Load() {
			o := new(obj)
			t := time.Now()
			runtime.SetFinalizer(o, func(*obj) {})
			runtime.SetFinalizer(o, nil)
			if d := time.Since(t); d > worst {
				worst = d
			}
			time.Sleep(100 * time.Microsecond)
		}
		done <- int64(worst)
	}()
	for i := 0; i < 4; i++ {
		runtime.GC()
	}
	stop.Store(true)
	if worst := time.Duration(<-done); worst > time.Second {
		fmt.Println("SetFinalizer took", worst)
	}
	fmt.Println("ran", ran.Load())
	// Every other one is let go.
	for i := 0; i < n; i += 2 {
		keep[i] = nil
	}
	for i := 0; i < 200 && ran.Load() < n/2; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("ran", ran.Load(), "damaged", damaged.Load())
	for i := 1; i < n; i += 2 {
		runtime.SetFinalizer(keep[i], nil)
	}
	runtime.KeepAlive(keep)
}
