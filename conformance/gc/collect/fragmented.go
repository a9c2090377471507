// run
// stress

// Survivors strewn over the heap: the gaps between them are used again, and large objects find room
// where small ones were.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type small struct {
	id   int
	self *small
}

var keep []*small
var large [][]byte

func sys() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapSys - m.HeapReleased
}

func fill(round int) {
	for i := 0; i < 200_000; i++ {
		s := &small{id: round<<20 | i}
		s.self = s
		if i%1000 == 0 {
			keep = append(keep, s)
		}
	}
}

func main() {
	debug.SetGCPercent(100)
	fill(0)
	keep = keep[:0]
	highest := sys()
	for round := 0; round < 12; round++ {
		fill(round)
		for i := 0; i < 20; i++ {
			b := make([]byte, 60_000+i*5000)
			b[len(b)-1] = byte(round + i)
			large = append(large, b)
		}
		for i, b := range large {
			if b[len(b)-1] != byte(round+i) {
				fmt.Println("damaged", round, i)
			}
		}
		large = nil
		if round > 5 {
			highest = max(highest, sys())
		}
	}
	for i, s := range keep {
		if s.id != i/200<<20|i%200*1000 || s.self != s {
			fmt.Println("damaged:", i, s.id)
		}
	}
	fmt.Println("kept:", len(keep), "bounded:", highest < 48<<20)
}
