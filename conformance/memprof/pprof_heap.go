// run

// runtime/pprof writes heap profiles: as text, and compressed.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
)

var keep [3][]byte

//go:noinline
func alloc() {
	for i := range keep {
		keep[i] = make([]byte, 10000)
	}
}

func main() {
	runtime.MemProfileRate = 1
	alloc()
	keep[0] = nil
	runtime.GC()

	var text bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&text, 1); err != nil {
		fmt.Println(err)
	}
	show := func(pattern string) {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text.String())
		if m == nil {
			fmt.Println("no", pattern)
			return
		}
		fmt.Println(m[1:])
	}
	show(`^(heap profile): \d+: \d+ \[\d+: \d+\] @ (heap/2)\n`)
	show(`\n(\d+: 20480 \[\d+: 30720\]) @(?: 0x[0-9a-f]+)+\n#\t0x[0-9a-f]+\t(main\.alloc)\+0x[0-9a-f]+\t+\S*(pprof_heap.go:\d+)\n`)
	show(`\n# (runtime.MemStats)\n# Alloc = \d+\n`)
	show(`\n# (NumGC) = \d+\n# NumForcedGC = \d+\n`)

	var packed bytes.Buffer
	if err := pprof.WriteHeapProfile(&packed); err != nil {
		fmt.Println(err)
	}
	r, err := gzip.NewReader(&packed)
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, err := io.ReadAll(r)
	fmt.Println(err, bytes.Contains(raw, []byte("main.alloc")), bytes.Contains(raw, []byte("inuse_space")))

	f, err := os.CreateTemp("", "allocs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	fmt.Println(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
	fmt.Println(site("alloc", 10240).AllocObjects)
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
