// run

// If the records do not fit, their number is all that is given; inuseZero asks for those without live objects.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var sink, kept []byte

//go:noinline
func keep() { kept = make([]byte, 3000) }

//go:noinline
func waste() { sink = make([]byte, 5000) }

func main() {
	runtime.MemProfileRate = 1
	waste()
	keep()
	sink = nil
	runtime.GC()
	runtime.MemProfileRate = 0
	n, ok := runtime.MemProfile(nil, true)
	fmt.Println("some:", n > 0, "given:", ok)
	p := make([]runtime.MemProfileRecord, n-1)
	m, ok := runtime.MemProfile(p, true)
	fmt.Println("as many:", m == n, "given:", ok, "untouched:", p[0] == runtime.MemProfileRecord{})
	p = make([]runtime.MemProfileRecord, n+10)
	m, ok = runtime.MemProfile(p, true)
	fmt.Println("as many:", m == n, "given:", ok, "last:", len(p[n-1].Stack()) > 0, "behind:", len(p[n].Stack()))
	used, ok := runtime.MemProfile(p, false)
	fmt.Println("fewer are in use:", used < n, ok)
	for _, r := range p[:used] {
		if r.InUseBytes() == 0 || r.InUseObjects() == 0 {
			fmt.Println("not in use")
		}
	}
	fmt.Println(site("waste", 5376).FreeObjects)
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
