// run
// stress

// Loops without calls run on every processor; collections go on.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var running, stop atomic.Int32

func spin() {
	running.Add(1)
	for stop.Load() == 0 {
	}
	running.Add(-1)
}

func main() {
	n := runtime.GOMAXPROCS(0)
	for i := 0; i < n; i++ {
		go spin()
	}
	for running.Load() < int32(n) {
		runtime.Gosched()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	runtime.ReadMemStats(&after)
	fmt.Println(after.NumGC-before.NumGC >= 3, running.Load() == int32(n))
	stop.Store(1)
	for running.Load() > 0 {
		runtime.Gosched()
	}
	fmt.Println("done")
}
