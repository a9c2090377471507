// run
// stress

// A rate of 0 turns sampling off; what was sampled stays known.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var keep [100]*[64]byte

//go:noinline
func first() {
	for i := range keep {
		keep[i] = new([64]byte)
	}
}

//go:noinline
func second() {
	for i := range keep {
		keep[i] = new([64]byte)
	}
}

func main() {
	runtime.MemProfileRate = 1
	first()
	runtime.MemProfileRate = 0
	runtime.GC()
	second()
	runtime.GC()
	a, b := site("first", 64), site("second", 64)
	fmt.Println(a.AllocObjects, a.FreeObjects, b.AllocObjects, b.FreeObjects)
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
