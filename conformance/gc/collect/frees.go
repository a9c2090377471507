// run
// stress

// What nothing leads to is free when runtime.GC has returned, and the numbers say so.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

const n = 4000

var keep [n]*[1000]byte // 1024 bytes each

func stats() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

func near(what string, got, want, more uint64) {
	if got < want || got > want+more {
		fmt.Println(what, "wrong:", got, "instead of", want)
		return
	}
	fmt.Println(what, "ok")
}

func main() {
	debug.SetGCPercent(-1)
	stats()
	base := stats()
	for i := range keep {
		keep[i] = new([1000]byte)
	}
	full := stats()
	near("objects grow", full.HeapObjects-base.HeapObjects, n, 100)
	near("bytes grow", full.HeapAlloc-base.HeapAlloc, n*1024, 100_000)
	near("mallocs", full.Mallocs-base.Mallocs, n, 100)
	near("frees", full.Frees-base.Frees, 0, 100)
	for i := range keep {
		if i%4 != 0 {
			keep[i] = nil
		}
	}
	quarter := stats()
	near("objects fall", full.HeapObjects-quarter.HeapObjects, n*3/4-100, 200)
	near("bytes fall", full.HeapAlloc-quarter.HeapAlloc, n*3/4*1024-100_000, 200_000)
	near("frees", quarter.Frees-full.Frees, n*3/4, 100)
	near("total is not lowered", quarter.TotalAlloc-full.TotalAlloc, 0, 100_000)
	keep = [n]*[1000]byte{}
	empty := stats()
	near("all frees", empty.Frees-full.Frees, n, 200)
	near("objects are back", empty.HeapObjects+100-base.HeapObjects, 0, 300)
	near("bytes are back", empty.HeapAlloc+100_000-base.HeapAlloc, 0, 300_000)
	fmt.Println(empty.Mallocs-empty.Frees == empty.HeapObjects)
}
