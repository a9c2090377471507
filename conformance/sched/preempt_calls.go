// run
// gomaxprocs: 2

// A loop that calls functions and never blocks does not keep the processor for itself.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var stop atomic.Bool

//go:noinline
func work(n int) int {
	var pad [16]int
	pad[n&15] = n
	return pad[(n+1)&15] + 1
}

func main() {
	runtime.GOMAXPROCS(1)
	started, ended := make(chan bool), make(chan int)
	go func() {
		close(started)
		n := 0
		for !stop.Load() {
			n += work(n)
		}
		ended <- n
	}()
	<-started
	// The spinner holds the only processor; this goroutine gets it back all the same.
	stop.Store(true)
	fmt.Println(<-ended >= 0)

	// And main is no exception.
	var other atomic.Bool
	go func() { other.Store(true) }()
	for n := 0; !other.Load(); n += work(n) {
	}
	fmt.Println(other.Load())
}
