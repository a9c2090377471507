// run
// timeout: 60

// A memory limit below what is alive: collecting may take about half of the processors, and the program gets on.
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

func main() {
	runtime.GOMAXPROCS(1)
	live := tree(20) // 32 MB
	debug.SetMemoryLimit(20 << 20)
	var ms runtime.MemStats
	n := 0
	for ms.NumGC <= 2 && n < 1<<18 { // 12 MB a turn, until it was collected three times; at most 1 GB
		for i := 0; i < 3000; i++ {
			sink = make([]byte, 4096)
			n++
		}
		runtime.ReadMemStats(&ms)
	}
	fmt.Println("collected", ms.NumGC > 2)
	// Past the first second the heap grows beyond its goal instead of being collected again and again: so often it was not
	// collected.
	fmt.Println(ms.NumGC < 400)
	runtime.KeepAlive(live)
}
