// run

// What an allocation costs in bytes, counted as `go test -bench -benchmem` counts: the difference of TotalAlloc and Mallocs
// over a number of operations, divided by it. Package testing itself first runs a collection, which does not exist yet; and
// what its harness allocates between the two readings (the talk's 11 bytes over 8,396,800) is not in here.
package main

import (
	"fmt"
	"runtime"
	"time"
)

var sink []int

const ops = 100

func main() {
	for _, n := range []int{1024, 1025, 1024 * 1024, 1024*1024 + 1} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		for i := 0; i < ops; i++ {
			sink = make([]int, n)
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		fmt.Println(n, (after.TotalAlloc-before.TotalAlloc)/ops, (after.Mallocs-before.Mallocs)/ops, took.Nanoseconds()/ops)
	}
}
