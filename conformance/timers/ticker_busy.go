// run
// gomaxprocs: 2
// timeout: 20

// A ticker ticks, and a function runs after its time, while the goroutine that waits for neither computes on the only processor.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

//go:noinline
func inner(a *[32]int) int { return a[3] + a[5] }

//go:noinline
func work(n int) int {
	var a [32]int
	a[n&31] = n
	return inner(&a) + 1
}

func main() {
	runtime.GOMAXPROCS(1)
	var ticks, calls atomic.Int32
	ticker := time.NewTicker(3 * time.Millisecond)
	go func() {
		for range ticker.C {
			ticks.Add(1)
		}
	}()
	time.AfterFunc(4*time.Millisecond, func() { calls.Add(1) })
	n := 0
	begun := time.Now()
	for (ticks.Load() < 10 || calls.Load() < 1) && time.Since(begun) < 10*time.Second {
		for i := 0; i < 1000; i++ {
			n = work(n)
		}
	}
	ticker.Stop()
	fmt.Println(ticks.Load() >= 10, calls.Load())
}
