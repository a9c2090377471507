// run
// stress

// The profile is as of the last collection: what was allocated since is not in it. Before the first one it shows what there is.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

var keep [][]byte

//go:noinline
func alloc(n int) {
	for i := 0; i < n; i++ {
		keep = append(keep, make([]byte, 3000))
	}
}

func show(when string) {
	r := site("alloc", 3072)
	fmt.Println(when, r.AllocObjects, r.FreeObjects)
}

func main() {
	debug.SetGCPercent(-1)
	runtime.MemProfileRate = 1
	keep = make([][]byte, 0, 1000)
	alloc(10)
	runtime.GC()
	show("collected")
	alloc(20)
	show("allocated 20 more")
	runtime.GC()
	show("collected")
	keep = nil
	show("dropped")
	runtime.GC()
	show("collected")
	runtime.GC()
	show("collected")
}

// site sums up the records of objects of that size whose innermost function of package main is the one named.
func site(name string, size int64) (r runtime.MemProfileRecord) {
	var p []runtime.MemProfileRecord
	n, ok := runtime.MemProfile(nil, true)
	for !ok {
		p = make([]runtime.MemProfileRecord, n+100)
		n, ok = runtime.MemProfile(p, true)
	}
	for _, rec := range p[:n] {
		frames := runtime.CallersFrames(rec.Stack())
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				if f.Function == "main."+name && rec.AllocBytes == size*rec.AllocObjects {
					r.AllocObjects += rec.AllocObjects
					r.AllocBytes += rec.AllocBytes
					r.FreeObjects += rec.FreeObjects
					r.FreeBytes += rec.FreeBytes
				}
				break
			}
			if !more {
				break
			}
		}
	}
	return
}
