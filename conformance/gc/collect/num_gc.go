// run

// With automatic collection off, each call of runtime.GC is one collection, and one that was forced.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	for i := 0; i < 7; i++ {
		runtime.GC()
	}
	runtime.ReadMemStats(&b)
	fmt.Println("collections:", b.NumGC-a.NumGC, "forced:", b.NumForcedGC-a.NumForcedGC)
	fmt.Println("times of the last:", a.LastGC > 0, b.LastGC > a.LastGC)
	fmt.Println("pauses add up:", b.PauseTotalNs > a.PauseTotalNs)
	for i := 0; i < 1000; i++ {
		_ = fmt.Sprint("something", i)
	}
	runtime.ReadMemStats(&a)
	fmt.Println("and none on its own:", a.NumGC-b.NumGC, a.NumForcedGC-b.NumForcedGC)
}
