// run
// stress

// FreeOSMemory collects, and gives to the system what is not used; it can be used again.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var keep [][]byte

const size, n = 64 << 10, 800 // 50 MB

func fill(mark byte) (dirty int) {
	for i := 0; i < n; i++ {
		b := make([]byte, size)
		for j := 0; j < size; j += 512 {
			if b[j] != 0 {
				dirty++
			}
			b[j] = mark
		}
		keep = append(keep, b)
	}
	return dirty
}

func stats() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

func main() {
	debug.SetGCPercent(-1)
	fmt.Println("dirty:", fill(1))
	full := stats()
	fmt.Println("in use:", full.HeapInuse >= size*n)
	some := append([][]byte(nil), keep[:8]...)
	keep = nil
	debug.FreeOSMemory()
	free := stats()
	fmt.Println("collected:", free.NumGC-full.NumGC, "released:", free.HeapReleased >= 40<<20, "in use:", free.HeapInuse < 10<<20)
	fmt.Println("released is idle:", free.HeapIdle >= free.HeapReleased, "still reserved:", free.HeapSys >= size*n)
	for _, b := range some {
		for j := 0; j < size; j += 512 {
			if b[j] != 1 {
				fmt.Println("damaged")
			}
		}
	}
	fmt.Println("dirty:", fill(2))
	again := stats()
	fmt.Println("taken back:", again.HeapReleased+40<<20 <= free.HeapReleased+16<<20, again.HeapInuse >= size*n)
	fmt.Println("no more than before:", again.HeapSys <= full.HeapSys+16<<20)
	keep = nil
	debug.FreeOSMemory()
	debug.FreeOSMemory()
	fmt.Println("released again:", stats().HeapReleased >= 40<<20)
}
