// run
// env: GOGC=off GOMEMLIMIT=24MiB

// GOMEMLIMIT sets the limit, with units; even under GOGC=off it makes collections happen.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var sink []byte

func main() {
	fmt.Println(debug.SetMemoryLimit(-1), debug.SetGCPercent(-1))
	for i := 0; i < 600*64; i++ {
		sink = make([]byte, 16<<10)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println("collections:", m.NumGC >= 2, "forced:", m.NumForcedGC)
}
