// run
// env: GOGC=150

// GOGC sets the percentage that the program starts with.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func main() {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	fmt.Println("at least 4 MB times 1.5:", m.NextGC >= 6<<20)
	fmt.Println(debug.SetGCPercent(100))
	runtime.ReadMemStats(&m)
	fmt.Println("now 4 MB:", m.NextGC >= 4<<20 && m.NextGC < 6<<20)
}
