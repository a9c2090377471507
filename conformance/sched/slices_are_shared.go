// run
// timeout: 20

// Three goroutines for each processor, none of which ever waits: each gets its share.
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
	n := 3 * runtime.GOMAXPROCS(0)
	counts := make([]atomic.Int64, n)
	var stop atomic.Bool
	for i := range counts {
		go func(c *atomic.Int64) {
			for x := 0; !stop.Load(); c.Add(1) {
				for k := 0; k < 100; k++ {
					x = work(x)
				}
			}
		}(&counts[i])
	}
	all := func() bool {
		for i := range counts {
			if counts[i].Load() == 0 {
				return false
			}
		}
		return true
	}
	begun := time.Now()
	for !all() && time.Since(begun) < 10*time.Second {
		time.Sleep(10 * time.Millisecond)
	}
	stop.Store(true)
	fmt.Println("all ran:", all())
}
