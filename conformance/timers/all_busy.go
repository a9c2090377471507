// run
// timeout: 20

// A sleeper is woken while every processor has a goroutine that never waits, again and again.
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
	var stop atomic.Bool
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		go func() {
			for n := 0; !stop.Load(); {
				n = work(n)
			}
		}()
	}
	begun := time.Now()
	for i := 0; i < 20; i++ {
		t := time.Now()
		time.Sleep(2 * time.Millisecond)
		if d := time.Since(t); d < 2*time.Millisecond {
			fmt.Println("woken after", d)
		}
	}
	stop.Store(true)
	fmt.Println("in time:", time.Since(begun) < 5*time.Second)
}
