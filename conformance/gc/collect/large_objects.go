// run
// gomaxprocs: 2
// timeout: 60

// Large objects with pointers, made much faster than the collector's share of the processors marks them: their makers mark for
// them, so the heap stays at a small multiple of what is alive.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type record struct {
	next *record
	name string
	n    [5]int
}

var sink any

const size = 8 << 20

func main() {
	debug.SetGCPercent(100) // whatever GOGC says
	for _, procs := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(procs)
		for i := 0; i < 30; i++ {
			s := make([]string, size/16)
			for j := 0; j < len(s); j += 256 {
				s[j] = string(rune('a' + j%26))
			}
			sink = s
		}
		for i := 0; i < 30; i++ {
			s := make([]*int, size/8)
			for j := 0; j < len(s); j += 512 {
				s[j] = new(int)
			}
			sink = s
		}
		for i := 0; i < 30; i++ {
			s := make([]record, size/64)
			s[i].next = &s[i+1]
			sink = s
		}
		var grown []*record
		for i := 0; i < 1<<21; i++ {
			grown = append(grown, nil)
		}
		sink = grown
	}
	sink = nil
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	if ms.HeapSys > 192<<20 {
		fmt.Println("the heap has grown to", ms.HeapSys>>20, "MB for two objects of 8 MB that are alive at a time")
		return
	}
	fmt.Println("ok")
}
