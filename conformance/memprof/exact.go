// run
// stress

// With a rate of 1 every allocation and every free is in the profile.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

type node struct{ a, b *node }

var (
	nodes [100]*node
	bytes []byte
	big   []byte
)

//go:noinline
func leak() {
	for i := range nodes {
		nodes[i] = new(node)
	}
}

//go:noinline
func waste() {
	for i := 0; i < 100; i++ {
		bytes = make([]byte, 1000)
	}
}

//go:noinline
func large() { big = make([]byte, 1<<20+1) }

func show() {
	for i, name := range []string{"leak", "waste", "large"} {
		r := site(name, []int64{16, 1024, 1<<20 + 8192}[i])
		fmt.Println(name, r.AllocObjects, r.AllocBytes, r.FreeObjects, r.FreeBytes, r.InUseObjects(), r.InUseBytes())
	}
}

func main() {
	runtime.MemProfileRate = 1
	leak()
	waste()
	large()
	runtime.GC()
	show()
	nodes, bytes, big = [100]*node{}, nil, nil
	runtime.GC()
	show()
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
