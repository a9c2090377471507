// run
// stress

// Metrics and MemStats tell the same; the classes of memory add up to the total.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
)

var keep []*[100]int

func read() map[string]uint64 {
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if d.Kind == metrics.KindUint64 && (strings.HasPrefix(d.Name, "/gc/") || strings.HasPrefix(d.Name, "/memory/")) {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	values := map[string]uint64{}
	for _, s := range samples {
		values[s.Name] = s.Value.Uint64()
	}
	return values
}

func near(what string, a, b, slack uint64) {
	if a+slack < b || b+slack < a {
		fmt.Println(what, "differ:", a, b)
		return
	}
	fmt.Println(what, "ok")
}

func main() {
	debug.SetGCPercent(100)
	for i := 0; i < 5000; i++ {
		keep = append(keep, new([100]int))
	}
	clear(keep[:2000])
	runtime.GC()
	runtime.GC()
	before := read()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	v := read()
	const little = 256 << 10
	near("heap alloc", v["/memory/classes/heap/objects:bytes"], m.HeapAlloc, little)
	near("heap in use", v["/memory/classes/heap/objects:bytes"]+v["/memory/classes/heap/unused:bytes"], m.HeapInuse, little)
	near("idle", v["/memory/classes/heap/free:bytes"]+v["/memory/classes/heap/released:bytes"], m.HeapIdle, little)
	near("released", v["/memory/classes/heap/released:bytes"], m.HeapReleased, 4<<20)
	near("stacks", v["/memory/classes/heap/stacks:bytes"], m.StackInuse, little)
	near("total", v["/memory/classes/total:bytes"], m.Sys, 1<<20)
	near("allocs", v["/gc/heap/allocs:bytes"], m.TotalAlloc, little)
	near("objects", v["/gc/heap/objects:objects"], m.HeapObjects, 2000)
	near("frees", v["/gc/heap/frees:objects"]+v["/gc/heap/tiny/allocs:objects"], m.Frees, 2000)
	near("mallocs", v["/gc/heap/allocs:objects"]+v["/gc/heap/tiny/allocs:objects"], m.Mallocs, 2000)
	near("goal", v["/gc/heap/goal:bytes"], m.NextGC, little)
	near("live", v["/gc/heap/live:bytes"], m.HeapAlloc, 1<<20)
	near("cycles", v["/gc/cycles/total:gc-cycles"], uint64(m.NumGC), 0)
	near("forced", v["/gc/cycles/forced:gc-cycles"], uint64(m.NumForcedGC), 0)
	near("cycles in all", v["/gc/cycles/total:gc-cycles"], v["/gc/cycles/forced:gc-cycles"]+v["/gc/cycles/automatic:gc-cycles"], 0)
	sum := uint64(0)
	for name, value := range v {
		if strings.HasPrefix(name, "/memory/classes/") && name != "/memory/classes/total:bytes" {
			sum += value
		}
	}
	fmt.Println("classes add up:", sum == v["/memory/classes/total:bytes"])
	fmt.Println("percent:", v["/gc/gogc:percent"], "limit:", v["/gc/gomemlimit:bytes"] == 1<<63-1)
	fmt.Println("growing:", v["/gc/heap/allocs:bytes"] >= before["/gc/heap/allocs:bytes"], v["/gc/heap/allocs:objects"] > before["/gc/heap/allocs:objects"])
	debug.SetGCPercent(77)
	fmt.Println("percent:", read()["/gc/gogc:percent"])
	runtime.KeepAlive(keep)
}
