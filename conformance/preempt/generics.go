// run
// stress

// Loops in generic functions, closures, methods and inlined calls are interrupted like any other.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var turn atomic.Int64

type number interface{ ~int64 | ~uint64 }

type counter struct{ n atomic.Int64 }

func (c *counter) get() int64 { return c.n.Load() }

func (c *counter) waitFor(n int64) {
	for c.get() < n {
	}
}

func until[T number](get func() T, n T) (turns T) {
	for get() < n {
		turns |= 1
	}
	return turns
}

func main() {
	var stop atomic.Bool
	var c counter
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			c.n.Add(1)
			turn.Add(1)
			runtime.Gosched()
		}
		ended <- true
	}()
	for i := 0; i < 2; i++ {
		c.waitFor(c.get() + 2)
		until(func() int64 { return turn.Load() }, turn.Load()+2)
		until(func() uint64 { return uint64(turn.Load()) }, uint64(turn.Load())+2)
		func() {
			for n := turn.Load() + 2; turn.Load() < n; {
			}
		}()
	}
	stop.Store(true)
	<-ended
	fmt.Println("done")
}
