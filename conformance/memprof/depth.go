// run

// A record has the innermost 32 calls.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var sink []byte

//go:noinline
func deep(n int) {
	if n == 0 {
		sink = make([]byte, 7000)
		return
	}
	deep(n - 1)
}

func main() {
	runtime.MemProfileRate = 1
	deep(100)
	runtime.GC()
	var p [2000]runtime.MemProfileRecord
	n, ok := runtime.MemProfile(p[:], true)
	fmt.Println(ok)
	for _, r := range p[:n] {
		if r.AllocBytes == 8192 {
			stack := r.Stack()
			frames := runtime.CallersFrames(stack)
			calls := 0
			for {
				f, more := frames.Next()
				if f.Function == "main.deep" {
					calls++
				} else if !strings.HasPrefix(f.Function, "runtime.") {
					calls = -1000
				}
				if !more {
					break
				}
			}
			fmt.Println(len(stack), calls)
		}
	}
	fmt.Println(site("deep", 8192).AllocObjects)
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
