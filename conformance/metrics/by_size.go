// run

// Allocations and frees by size class, and tiny allocations.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

var (
	objects [1000]*[5]uint64
	pages   [10][]byte
	tiny    [1000]*uint8
)

var samples = []metrics.Sample{
	{Name: "/gc/heap/allocs-by-size:bytes"}, {Name: "/gc/heap/frees-by-size:bytes"}, {Name: "/gc/heap/tiny/allocs:objects"},
	{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/frees:objects"},
}

type counts struct{ allocs, frees, largeAllocs, largeFrees, tiny uint64 }

// read counts objects of 33 to 48 bytes, and large ones.
func read() (c counts) {
	// Counts what caches have not reported yet.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	metrics.Read(samples)
	for i := 0; i < 2; i++ {
		h := samples[i].Value.Float64Histogram()
		var sum uint64
		for k, n := range h.Counts {
			sum += n
			if h.Buckets[k] == 33 && i == 0 {
				c.allocs = n
			} else if h.Buckets[k] == 33 {
				c.frees = n
			}
		}
		if sum != samples[3+i].Value.Uint64() {
			fmt.Println("the sum is not", samples[3+i].Name)
		}
	}
	large := func(i int) uint64 { c := samples[i].Value.Float64Histogram().Counts; return c[len(c)-1] }
	c.largeAllocs, c.largeFrees = large(0), large(1)
	c.tiny = samples[2].Value.Uint64()
	return
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	a := read()
	for i := range objects {
		objects[i] = new([5]uint64)
	}
	for i := range pages {
		pages[i] = make([]byte, 100000)
	}
	for i := range tiny {
		tiny[i] = new(uint8)
	}
	b := read()
	fmt.Println("allocated:", b.allocs-a.allocs >= 1000 && b.allocs-a.allocs < 1030, b.largeAllocs-a.largeAllocs)
	fmt.Println("tiny:", b.tiny-a.tiny > 900 && b.tiny-a.tiny <= 1030)
	fmt.Println("freed:", b.frees-a.frees, b.largeFrees-a.largeFrees)
	objects, pages = [1000]*[5]uint64{}, [10][]byte{}
	runtime.GC()
	c := read()
	fmt.Println("freed:", c.frees-b.frees >= 999 && c.frees-b.frees < 1100, c.largeFrees-b.largeFrees)
}
