// run
// env: GODEBUG=memprofilerate=1

// GODEBUG sets the rate, and it holds for initialisers too.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var list = build()

//go:noinline
func build() (l []*[200]byte) {
	l = make([]*[200]byte, 50)
	for i := range l {
		l[i] = new([200]byte)
	}
	return
}

func main() {
	fmt.Println(runtime.MemProfileRate)
	runtime.GC()
	r := site("build", 208)
	fmt.Println(r.AllocObjects, r.AllocBytes)
	runtime.KeepAlive(list)
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
