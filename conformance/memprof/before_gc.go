// run
// env: GOGC=off

// Without any collection the profile shows all allocations so far.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var keep []*[128]byte

//go:noinline
func alloc(n int) {
	for i := 0; i < n; i++ {
		keep = append(keep, new([128]byte))
	}
}

func main() {
	runtime.MemProfileRate = 1
	keep = make([]*[128]byte, 0, 100)
	alloc(7)
	r := site("alloc", 128)
	fmt.Println(r.AllocObjects, r.AllocBytes, r.FreeObjects)
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
