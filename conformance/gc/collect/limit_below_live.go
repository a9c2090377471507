// run
// timeout: 60

// A memory limit below what is alive, and small objects made as fast as can be: the heap may grow by a part of itself between
// two collections, so that it is collected some tens of times and not for every few kilobytes.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type node struct{ l, r *node }

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{tree(d - 1), tree(d - 1)}
}

var sink *node

func main() {
	debug.SetGCPercent(100)
	live := tree(20) // 32 MB
	debug.SetMemoryLimit(20 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 3000000; i++ { // 48 MB
		sink = &node{}
	}
	runtime.ReadMemStats(&after)
	// It was more than seven hundred when a collection was begun every 64 KiB.
	if n := after.NumGC - before.NumGC; n < 1 || n > 80 {
		fmt.Println("collections:", n)
	}
	fmt.Println("done")
	runtime.KeepAlive(live)
}
