// run
// timeout: 60

// A goroutine that sleeps a moment at a time gets on while collections mark, whether another one computes or not.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
)

type node struct {
	l, r *node
	v    [4]int
}

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{l: tree(d - 1), r: tree(d - 1)}
}

//go:noinline
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func wakes(busy bool) (per int) {
	var stop, computes atomic.Bool
	done := make(chan bool)
	if busy {
		go func() {
			for !computes.Load() {
				fib(15)
			}
			done <- true
		}()
	}
	const collections = 6
	go func() {
		for i := 0; i < collections; i++ {
			runtime.GC()
		}
		stop.Store(true)
		done <- true
	}()
	n := 0
	for !stop.Load() {
		time.Sleep(100 * time.Microsecond)
		n++
	}
	<-done
	computes.Store(true)
	if busy {
		<-done
	}
	return n / collections
}

func main() {
	debug.SetGCPercent(-1) // only those that are asked for
	live := tree(18)       // 24 MB
	// Then nothing runs while marking.
	standing := strings.Contains(os.Getenv("GODEBUG"), "gcstoptheworld=1")
	for _, busy := range []bool{false, true} {
		// A collection marks for tens of milliseconds, in which a sleeper is late by a turn of a marker or of a goroutine.
		if n := wakes(busy); n < 2 && !standing {
			fmt.Println("busy:", busy, "wakes in a collection:", n)
		}
	}
	fmt.Println("done")
	runtime.KeepAlive(live)
}
