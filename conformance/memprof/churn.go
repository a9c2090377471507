// run
// stress

// While goroutines allocate and collections sweep, the sums stay consistent.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

type tree struct {
	left, right *tree
	pad         [8]byte
}

//go:noinline
func build(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{left: build(depth - 1), right: build(depth - 1)}
}

func main() {
	runtime.MemProfileRate = 1
	var wg sync.WaitGroup
	for t := 0; t < 4; t++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 10; i++ {
				build(8)
				if i%4 == 0 {
					runtime.GC()
				}
				r := site("build", 24)
				if r.FreeObjects > r.AllocObjects || r.FreeBytes > r.AllocBytes || r.AllocBytes != r.AllocObjects*24 {
					fmt.Println(r.AllocObjects, r.AllocBytes, r.FreeObjects, r.FreeBytes)
				}
			}
		}()
	}
	wg.Wait()
	runtime.GC()
	runtime.GC()
	r := site("build", 24)
	fmt.Println(r.AllocObjects, r.AllocBytes, r.FreeObjects, r.FreeBytes)
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
