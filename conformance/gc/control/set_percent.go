// run
// stress

// SetGCPercent and SetMemoryLimit return what was set before; a negative limit only asks.
package main

import (
	"fmt"
	"math"
	"runtime/debug"
)

func main() {
	debug.SetGCPercent(100)
	for _, p := range []int{50, 200, 0, -1, -7, 1000, 100} {
		fmt.Println("percent", p, "after", debug.SetGCPercent(p))
	}
	fmt.Println("limit:", debug.SetMemoryLimit(-1) == math.MaxInt64)
	for _, l := range []int64{1 << 30, -1, 1<<30 + 1, -1, math.MaxInt64, -5, 1 << 40, math.MaxInt64} {
		fmt.Println("limit", l, "after", debug.SetMemoryLimit(l))
	}
	fmt.Println(debug.SetGCPercent(100), debug.SetMemoryLimit(-1) == math.MaxInt64)
}
