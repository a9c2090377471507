// run

// Of objects that share a block, the one that the block is made for is counted, with the block's 16 bytes.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var keep [64]*uint32

//go:noinline
func alloc() {
	for i := range keep {
		keep[i] = new(uint32)
	}
}

func main() {
	runtime.MemProfileRate = 1
	runtime.GC()
	alloc()
	runtime.GC()
	r := site("alloc", 16)
	fmt.Println(r.AllocObjects >= 15 && r.AllocObjects <= 17, r.AllocBytes == 16*r.AllocObjects)
	runtime.KeepAlive(&keep)
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
