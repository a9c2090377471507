// run

// When a setting is lowered below what the heap has grown to, the next allocations begin a collection.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"time"
)

var (
	garbage [][]byte
	sink    []byte
)

func count() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func fill() {
	debug.SetGCPercent(-1)
	runtime.GC()
	garbage = nil
	for i := 0; i < 400; i++ {
		garbage = append(garbage, make([]byte, 50000))
	}
	garbage = nil
}

// collects says whether a few small allocations begin a collection.
func collects() bool {
	before := count()
	for i := 0; i < 1000; i++ {
		sink = make([]byte, 2000)
		if i%100 == 99 {
			time.Sleep(time.Millisecond)
		}
		if count() != before {
			return true
		}
	}
	return false
}

func main() {
	fill()
	fmt.Println("off:", collects())
	debug.SetGCPercent(100)
	fmt.Println("percentage:", collects())
	fill()
	debug.SetMemoryLimit(8 << 20)
	fmt.Println("limit:", collects())
	debug.SetMemoryLimit(math.MaxInt64)
}
