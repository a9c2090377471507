// run

// With a rate of one, the memory profile knows each object: how many a function made, and how many of them
// are left after a collection.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

type node struct {
	next *node
	data [6]int
}

var keep []*node
var bytes [][]byte

//go:noinline
func makeNodes(n int) {
	for i := 0; i < n; i++ {
		keep = append(keep, new(node)) // 64 bytes
	}
}

//go:noinline
func makeBytes(n int) {
	for i := 0; i < n; i++ {
		bytes[i] = make([]byte, 3000) // 3072 bytes
	}
}

//go:noinline
func makeLarge(n int) {
	for i := 0; i < n; i++ {
		bytes[i] = make([]byte, 100_000) // 106496 bytes
	}
}

//go:noinline
func outer(n int) { makeNodes(n) }

func report(names ...string) {
	runtime.GC()
	runtime.GC()
	n, _ := runtime.MemProfile(nil, true)
	records := make([]runtime.MemProfileRecord, n+50)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("too many records")
	}
	for _, name := range names {
		var sum runtime.MemProfileRecord
		for _, r := range records[:n] {
			trace, frames := "", runtime.CallersFrames(r.Stack())
			for more := true; more; {
				var f runtime.Frame
				f, more = frames.Next()
				trace += f.Function + " "
			}
			if strings.Contains(trace, name) && !strings.Contains(trace, "growslice") {
				sum.AllocObjects += r.AllocObjects
				sum.AllocBytes += r.AllocBytes
				sum.FreeObjects += r.FreeObjects
				sum.FreeBytes += r.FreeBytes
			}
		}
		fmt.Println(name, sum.AllocObjects, sum.AllocBytes, sum.InUseObjects(), sum.InUseBytes())
	}
}

func main() {
	runtime.MemProfileRate = 1
	debug.SetGCPercent(-1) // so that no collection begins, and allocates, in these functions
	keep, bytes = make([]*node, 0, 10_000), make([][]byte, 1000)
	makeNodes(100)
	outer(11)
	makeBytes(200)
	report("main.makeNodes", "main.outer", "main.makeBytes", "main.makeLarge")
	clear(keep[:40])
	clear(bytes[10:])
	makeLarge(5)
	report("main.makeNodes", "main.outer", "main.makeBytes", "main.makeLarge")
	clear(keep)
	clear(bytes)
	report("main.makeNodes", "main.outer", "main.makeBytes", "main.makeLarge")
}
