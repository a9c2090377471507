// run
// timeout: 60

// Half a gigabyte in small pieces through a heap of five megabytes that lives: memory is used again,
// and the heap stays near what lives, however much was allocated.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sort"
)

type piece struct {
	next *piece
	id   int
	rest [30]uintptr
}

const live = 20_000 // of 256 bytes

var ring [live]*piece

func main() {
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(1 << 62)
	rounds := 512 << 20 / 256 / live
	damaged := 0
	var inUse []int
	var m runtime.MemStats
	for r := 0; r < rounds; r++ {
		for i := range ring {
			p := ring[(i*7)%live]
			if r > 0 && (p == nil || p.rest[29] != uintptr(p.id) || p.id < (r-1)*live) {
				damaged++
			}
			id := r*live + i
			q := &piece{id: id}
			q.rest[29] = uintptr(id)
			ring[(i*7)%live] = q
		}
		runtime.ReadMemStats(&m)
		inUse = append(inUse, int(m.HeapInuse))
	}
	sort.Ints(inUse)
	// A loaded machine may let the heap grow for a moment, not for most of the time.
	median := inUse[len(inUse)/2]
	if median > 40<<20 || m.Sys > 768<<20 {
		fmt.Println("total:", m.TotalAlloc, "sys:", m.Sys, "median:", median)
	}
	fmt.Println("damaged:", damaged, "near what lives:", median <= 40<<20, "bounded:", m.Sys <= 768<<20)
}
