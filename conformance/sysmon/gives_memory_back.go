// run
// timeout: 30

// What a collection frees goes back to the system in the background, while the program does something else.
package main

import (
	"fmt"
	"runtime"
	"time"
)

var keep [][]byte

func main() {
	for i := 0; i < 96; i++ {
		keep = append(keep, make([]byte, 1<<20))
	}
	keep = nil
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	for begun := time.Now(); time.Since(begun) < 25*time.Second; time.Sleep(20 * time.Millisecond) {
		runtime.ReadMemStats(&m)
		if m.HeapReleased > 16<<20 {
			fmt.Println("given back")
			return
		}
	}
	fmt.Println(m.HeapReleased, "of", m.HeapSys)
}
