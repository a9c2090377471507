// run
// stress

// Samples that are used again need no memory, and concurrent readers do not disturb each other.
package main

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
)

func main() {
	all := metrics.All()
	samples := make([]metrics.Sample, len(all))
	for i, d := range all {
		samples[i].Name = d.Name
	}
	metrics.Read(samples)
	h := map[string]*metrics.Float64Histogram{}
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindFloat64Histogram {
			h[s.Name] = s.Value.Float64Histogram()
		}
	}
	fmt.Println(testing.AllocsPerRun(10, func() { metrics.Read(samples) }))
	runtime.GC()
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindFloat64Histogram {
			fmt.Println(s.Name, s.Value.Float64Histogram() == h[s.Name])
		}
	}

	// A sample that was of one kind becomes of another.
	mixed := []metrics.Sample{{Name: "/gc/pauses:seconds"}}
	metrics.Read(mixed)
	mixed[0].Name = "/gc/heap/allocs-by-size:bytes"
	metrics.Read(mixed)
	fmt.Println(len(mixed[0].Value.Float64Histogram().Counts))
	mixed[0].Name = "/gc/gogc:percent"
	metrics.Read(mixed)
	fmt.Println(mixed[0].Value.Kind() == metrics.KindUint64)
	mixed[0].Name = "/gc/pauses:seconds"
	metrics.Read(mixed)
	fmt.Println(len(mixed[0].Value.Float64Histogram().Counts))

	var wg sync.WaitGroup
	for t := 0; t < 4; t++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			own := make([]metrics.Sample, len(all))
			for i, d := range all {
				own[i].Name = d.Name
			}
			for i := 0; i < 20; i++ {
				metrics.Read(own)
				for k, d := range all {
					if own[k].Value.Kind() != d.Kind {
						fmt.Println("bad", d.Name)
					}
				}
				runtime.GC()
			}
		}()
	}
	wg.Wait()
	fmt.Println("done")
}
