// run
// env: GOGC=100

// What metrics tell of collections and their settings.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

func read(name string) metrics.Value {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value
}

func number(name string) uint64 { return read(name).Uint64() }

func pauses() (n uint64) {
	for _, c := range read("/gc/pauses:seconds").Float64Histogram().Counts {
		n += c
	}
	return
}

var sink []byte

func main() {
	fmt.Println("percent:", number("/gc/gogc:percent"), "limit:", number("/gc/gomemlimit:bytes"))
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 40)
	fmt.Println("percent:", number("/gc/gogc:percent"), "limit:", number("/gc/gomemlimit:bytes"))
	debug.SetGCPercent(150)
	fmt.Println("percent:", number("/gc/gogc:percent"))
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(-1)

	auto, forced, total, p := number("/gc/cycles/automatic:gc-cycles"), number("/gc/cycles/forced:gc-cycles"), number("/gc/cycles/total:gc-cycles"), pauses()
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	fmt.Println("cycles:", number("/gc/cycles/automatic:gc-cycles")-auto, number("/gc/cycles/forced:gc-cycles")-forced, number("/gc/cycles/total:gc-cycles")-total)
	fmt.Println("pauses:", pauses()-p >= 5)

	big := make([]*[1 << 16]byte, 64)
	for i := range big {
		big[i] = new([1 << 16]byte)
	}
	runtime.GC()
	live := number("/gc/heap/live:bytes")
	fmt.Println("live:", live > 4<<20 && live < 5<<20)
	debug.SetGCPercent(100)
	goal := number("/gc/heap/goal:bytes")
	fmt.Println("goal:", goal > 8<<20 && goal < 11<<20)
	runtime.KeepAlive(big)

	globals, heap, stack := number("/gc/scan/globals:bytes"), number("/gc/scan/heap:bytes"), number("/gc/scan/stack:bytes")
	fmt.Println("scanned:", globals > 0, heap > 0, stack > 0)
	s := []metrics.Sample{{Name: "/gc/scan/globals:bytes"}, {Name: "/gc/scan/heap:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/total:bytes"}}
	metrics.Read(s)
	fmt.Println("sum:", s[0].Value.Uint64()+s[1].Value.Uint64()+s[2].Value.Uint64() == s[3].Value.Uint64())

	auto = number("/gc/cycles/automatic:gc-cycles")
	for i := 0; i < 100000 && number("/gc/cycles/automatic:gc-cycles") == auto; i++ {
		sink = make([]byte, 1<<17)
	}
	fmt.Println("automatic:", number("/gc/cycles/automatic:gc-cycles") > auto)
	fmt.Println("stacks begin with", number("/gc/stack/starting-size:bytes"), "limiter:", number("/gc/limiter/last-enabled:gc-cycle"))
}
