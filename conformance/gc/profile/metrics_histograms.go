// run

// The histograms of metrics: objects by size, and the pauses of collections.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sort"
)

var keep []any

func histogram(name string) *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Float64Histogram()
}

func total(h *metrics.Float64Histogram) (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// In is the number in the bucket that a value belongs to.
func in(h *metrics.Float64Histogram, value float64) uint64 {
	i := sort.SearchFloat64s(h.Buckets, value)
	if h.Buckets[i] != value {
		i--
	}
	return h.Counts[min(i, len(h.Counts)-1)]
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	pauses := total(histogram("/gc/pauses:seconds"))
	for i := 0; i < 10; i++ {
		runtime.GC()
	}
	h := histogram("/gc/pauses:seconds")
	fmt.Println("pauses:", total(h)-pauses >= 10, len(h.Buckets) == len(h.Counts)+1, sort.Float64sAreSorted(h.Buckets))
	fmt.Println("open ends:", math.IsInf(h.Buckets[0], -1), math.IsInf(h.Buckets[len(h.Buckets)-1], 1))

	keep = make([]any, 0, 100_000)
	sizes := []struct {
		value float64
		make  func() any
	}{
		{64, func() any { return new([8]int) }},
		{1000, func() any { return new([1000]byte) }},
		{9472, func() any { return new([9472]byte) }},
		{50_000, func() any { return new([50_000]byte) }},
	}
	const n = 300
	for _, s := range sizes {
		allocs, frees := histogram("/gc/heap/allocs-by-size:bytes"), histogram("/gc/heap/frees-by-size:bytes")
		for i := 0; i < n; i++ {
			keep = append(keep, s.make())
		}
		runtime.GC() // what caches have handed out is counted now
		after := histogram("/gc/heap/allocs-by-size:bytes")
		clear(keep)
		keep = keep[:0]
		runtime.GC()
		gone := histogram("/gc/heap/frees-by-size:bytes")
		a, f := in(after, s.value)-in(allocs, s.value), in(gone, s.value)-in(frees, s.value)
		fmt.Println(s.value, a >= n && a < n+50, f >= n && f < n+100)
	}
	h = histogram("/gc/heap/allocs-by-size:bytes")
	s := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
	metrics.Read(s)
	fmt.Println("all of them:", s[0].Value.Uint64()-total(h) < 1000)
}
