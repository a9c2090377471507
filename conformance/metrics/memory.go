// run
// env: GOGC=off

// The classes of memory add up, and agree with MemStats.
package main

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
)

var keep [][]byte

func main() {
	for i := 0; i < 1000; i++ {
		keep = append(keep, make([]byte, 1500))
	}
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if strings.HasPrefix(d.Name, "/memory/") || strings.HasPrefix(d.Name, "/gc/heap/") {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	metrics.Read(samples)
	runtime.ReadMemStats(&m)

	v := map[string]uint64{}
	var sum uint64
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			continue
		}
		v[s.Name] = s.Value.Uint64()
		if strings.HasPrefix(s.Name, "/memory/classes/") && s.Name != "/memory/classes/total:bytes" {
			sum += s.Value.Uint64()
		}
	}
	// What was allocated between the two readings.
	near := func(what string, a, b uint64) {
		if a > b+(1<<18) || b > a+(1<<18) {
			fmt.Println(what, "differ", a, b)
		} else {
			fmt.Println(what, "agree")
		}
	}
	fmt.Println("sum:", sum == v["/memory/classes/total:bytes"])
	near("total", sum, m.Sys)
	near("objects", v["/memory/classes/heap/objects:bytes"], m.HeapAlloc)
	near("in use", v["/memory/classes/heap/objects:bytes"]+v["/memory/classes/heap/unused:bytes"], m.HeapInuse)
	near("free", v["/memory/classes/heap/free:bytes"]+v["/memory/classes/heap/released:bytes"], m.HeapIdle)
	near("released", v["/memory/classes/heap/released:bytes"], m.HeapReleased)
	near("stacks", v["/memory/classes/heap/stacks:bytes"], m.StackInuse)
	near("stacks and threads", v["/memory/classes/heap/stacks:bytes"]+v["/memory/classes/os-stacks:bytes"], m.StackSys)
	near("spans", v["/memory/classes/metadata/mspan/inuse:bytes"], m.MSpanInuse)
	near("span room", v["/memory/classes/metadata/mspan/inuse:bytes"]+v["/memory/classes/metadata/mspan/free:bytes"], m.MSpanSys)
	near("caches", v["/memory/classes/metadata/mcache/inuse:bytes"], m.MCacheInuse)
	near("profiling", v["/memory/classes/profiling/buckets:bytes"], m.BuckHashSys)
	near("other", v["/memory/classes/other:bytes"], m.OtherSys)
	near("metadata", v["/memory/classes/metadata/other:bytes"], m.GCSys)
	near("allocated", v["/gc/heap/allocs:bytes"], m.TotalAlloc)
	fmt.Println(v["/gc/heap/objects:objects"] == v["/gc/heap/allocs:objects"]-v["/gc/heap/frees:objects"])
	fmt.Println(v["/memory/classes/heap/objects:bytes"] == v["/gc/heap/allocs:bytes"]-v["/gc/heap/frees:bytes"])
	fmt.Println(v["/gc/heap/frees:bytes"], v["/gc/heap/frees:objects"], v["/gc/heap/live:bytes"])
	diff := int64(m.Mallocs - v["/gc/heap/allocs:objects"] - v["/gc/heap/tiny/allocs:objects"])
	fmt.Println(diff >= 0 && diff < 100)
}
