// run
// gomaxprocs: 2
// timeout: 20

// Two goroutines that wake each other all the time inherit each other's time slice, which ends: the third one runs, too, on one processor.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

func main() {
	runtime.GOMAXPROCS(1)
	var stop atomic.Bool
	a, b := make(chan int), make(chan int)
	go func() {
		for n := range a {
			b <- n + 1
		}
		close(b)
	}()
	turns := make(chan int)
	go func() {
		n := 0
		for !stop.Load() {
			a <- n
			n = <-b
		}
		close(a)
		turns <- n
	}()
	ran := make(chan bool)
	go func() {
		// It never waits either.
		for i := 0; i < 100; i++ {
			runtime.Gosched()
		}
		stop.Store(true)
		ran <- true
	}()
	fmt.Println(<-ran, <-turns > 0)
}
