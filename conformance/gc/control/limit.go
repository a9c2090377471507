// run
// stress

// A memory limit makes collections happen that the percentage would not: what is allocated stays near the
// limit while what lives is small.
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
	pad  [126]int
}

var ring [2000]*piece // 2 MB

func main() {
	debug.SetGCPercent(-1)
	fmt.Println("before:", debug.SetMemoryLimit(32<<20) > 1<<40)
	var a, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&a)
	var heaps []int
	for i := 0; i < 300_000; i++ {
		ring[i%len(ring)] = &piece{id: i}
		if i%3000 == 0 {
			runtime.ReadMemStats(&m)
			heaps = append(heaps, int(m.HeapAlloc))
		}
	}
	runtime.ReadMemStats(&m)
	sort.Ints(heaps)
	fmt.Println("collections:", m.NumGC-a.NumGC >= 3, "forced:", m.NumForcedGC-a.NumForcedGC)
	fmt.Println("near the limit:", heaps[len(heaps)/2] < 64<<20, "next:", m.NextGC < 40<<20)
	bad := 0
	for i, p := range ring {
		if p.id != 298_000+i {
			bad++
		}
	}
	fmt.Println("bad:", bad)
	fmt.Println("limit was:", debug.SetMemoryLimit(1<<62))
	n := m.NumGC
	for i := 0; i < 60_000; i++ {
		ring[i%len(ring)] = &piece{id: i}
	}
	runtime.ReadMemStats(&m)
	fmt.Println("without it:", m.NumGC-n <= 1)
}
