// run
// timeout: 60

// A memory limit below what is alive: collecting may take about half of the processors, and the program gets on. Counted in
// collections, not by the clock.
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

var sink []byte

// Makes n KiB of garbage; how often it was collected meanwhile.
func garbage(n int) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < n; i += 4 {
		sink = make([]byte, 4096)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

func main() {
	runtime.GOMAXPROCS(1)
	live := tree(20) // 32 MB
	debug.SetMemoryLimit(20 << 20)
	// The first second of collecting is free. It takes this much at most, since there is a collection for each few megabytes then.
	first := garbage(480_000)
	fmt.Println("collected for the limit:", first > 2)
	// From then on the heap grows beyond its goal instead of being collected for each few megabytes: that would be 130 times.
	if n := garbage(360_000); n > 40 {
		fmt.Println("collected", n, "times more, after", first)
	}
	fmt.Println("done")
	runtime.KeepAlive(live)
}
