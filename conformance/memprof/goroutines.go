// run
// stress

// Allocations of many goroutines on many processors are all counted.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

const (
	tasks = 20
	each  = 500
)

var kept [tasks][each]*[48]byte

//go:noinline
func keep(t int) {
	for i := range kept[t] {
		kept[t][i] = new([48]byte)
		drop(t)
	}
}

var dropped [tasks]*[16]uintptr

//go:noinline
func drop(t int) { dropped[t] = new([16]uintptr) }

func main() {
	runtime.MemProfileRate = 1
	var wg sync.WaitGroup
	for t := 0; t < tasks; t++ {
		wg.Add(1)
		go func(t int) {
			defer wg.Done()
			keep(t)
		}(t)
	}
	wg.Wait()
	dropped = [tasks]*[16]uintptr{}
	runtime.GC()
	runtime.GC()
	for i, name := range []string{"keep", "drop"} {
		r := site(name, []int64{48, 128}[i])
		fmt.Println(name, r.AllocObjects, r.AllocBytes, r.FreeObjects, r.FreeBytes)
	}
	runtime.KeepAlive(&kept)
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
