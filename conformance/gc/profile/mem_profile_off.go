// run

// A rate of zero turns the memory profile off; what was allocated while it was off is in no record.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var sink [1000]*[300]int

//go:noinline
func allocate() {
	for i := range sink {
		sink[i] = new([300]int)
	}
}

func count() (objects int64) {
	runtime.GC()
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 1000)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("too many records")
	}
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if f.Function == "main.allocate" {
				objects += r.AllocObjects
			}
		}
	}
	return objects
}

func main() {
	runtime.MemProfileRate = 0
	debug.SetGCPercent(-1) // so that no collection begins, and allocates, in allocate
	allocate()
	fmt.Println("off:", count())
	runtime.MemProfileRate = 1
	allocate()
	runtime.MemProfileRate = 0
	fmt.Println("on:", count())
	allocate()
	fmt.Println("off:", count())
	fmt.Println("too small:", func() bool {
		_, ok := runtime.MemProfile(nil, true)
		return ok
	}())
}
