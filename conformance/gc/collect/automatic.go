// run
// timeout: 30

// Collections begin by themselves as garbage is made, and keep the heap near twice of what lives.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type block struct {
	next *block
	data [1000]byte
}

var live *block
var garbage *block

func main() {
	debug.SetGCPercent(100)
	for i := 0; i < 4000; i++ {
		live = &block{next: live}
		live.data[i%1000] = byte(i)
	}
	var a, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&a)
	most := uint64(0)
	for i := 0; i < 100_000; i++ {
		garbage = &block{}
		if i%1000 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	runtime.ReadMemStats(&m)
	// 100 MB through a heap of 4 MB that lives.
	fmt.Println("several collections:", m.NumGC-a.NumGC >= 3)
	fmt.Println("none of them forced:", m.NumForcedGC == a.NumForcedGC)
	fmt.Println("the heap is bounded:", most < 60<<20)
	n := 0
	for b := live; b != nil; b = b.next {
		i := 3999 - n
		if b.data[i%1000] != byte(i) {
			fmt.Println("damaged", i)
		}
		n++
	}
	fmt.Println("live:", n)
}
