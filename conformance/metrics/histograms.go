// run

// The bounds of histograms.
package main

import (
	"fmt"
	"runtime/metrics"
)

func main() {
	for _, name := range []string{
		"/gc/heap/allocs-by-size:bytes", "/gc/heap/frees-by-size:bytes", "/gc/pauses:seconds", "/sched/latencies:seconds",
	} {
		s := []metrics.Sample{{Name: name}}
		metrics.Read(s)
		h := s[0].Value.Float64Histogram()
		fmt.Println(name, len(h.Counts), len(h.Buckets))
		for _, b := range h.Buckets {
			fmt.Print(" ", b)
		}
		fmt.Println()
	}
}
