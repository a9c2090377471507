// run
// stress

// Where the next collection is to begin follows from what lives and the percentage, with a least heap of
// four megabytes at a hundred percent.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var live [][]byte

func next() (goal, alloc float64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.NextGC), float64(m.HeapAlloc)
}

func main() {
	debug.SetMemoryLimit(1 << 62)
	for _, percent := range []int{100, 50, 200} {
		debug.SetGCPercent(percent)
		live = nil
		goal, _ := next()
		least := float64(4<<20) * float64(percent) / 100
		fmt.Println(percent, "least:", goal >= least && goal < least*1.3)
		for i := 0; i < 20; i++ {
			live = append(live, make([]byte, 1<<20))
		}
		goal, alloc := next()
		factor := (goal/alloc - 1) * 100 / float64(percent)
		fmt.Println(percent, "twenty megabytes:", factor > 0.85 && factor < 1.3, alloc > 20<<20)
		if factor <= 0.85 || factor >= 1.3 {
			fmt.Println(goal, alloc)
		}
	}
	debug.SetGCPercent(-1)
	goal, _ := next()
	fmt.Println("off:", goal > 1<<61)
	runtime.KeepAlive(live)
}
