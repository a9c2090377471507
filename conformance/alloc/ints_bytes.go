// run
// env: GOGC=off

// What a slice of ints costs: sizes are rounded up to a size class, or to whole pages.
package main

import (
	"fmt"
	"runtime"
)

var sink []int

// cost is the number of bytes and objects that one call of f takes.
func cost(f func()) (uint64, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}

func main() {
	cost(func() {}) // the first use of anything may cost more
	for _, n := range []int{0, 1, 2, 3, 5, 100, 1024, 1025, 4096, 4097, 1 << 20, 1<<20 + 1} {
		bytes, objects := cost(func() { sink = make([]int, n) })
		fmt.Println(n, "ints:", bytes, "bytes,", objects, "objects")
	}
}
