// run
// stress

// Whatever allocates is counted for its caller.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var (
	anyone any
	f      func() int
	s      string
	bs     []byte
	ps     []*int
	rs     []rune
	ptr    *[3]int
)

//go:noinline
func newObject() { ptr = new([3]int) }

//go:noinline
func makeSlice(n int) { bs = make([]byte, n) }

//go:noinline
func makePointers(n int) { ps = make([]*int, n) }

//go:noinline
func appendOnce() { bs = append(make([]byte, 100)[:100:100], 1) }

//go:noinline
func closure(x int) { f = func() int { return x } }

//go:noinline
func box(x [5]int) { anyone = x }

//go:noinline
func boxString(x string) { anyone = x }

//go:noinline
func concat(a, b string) { s = a + b }

//go:noinline
func toString(b []byte) { s = string(b) }

//go:noinline
func toBytes(x string) { bs = []byte(x) }

//go:noinline
func toRunes(x string) { rs = []rune(x) }

func main() {
	runtime.MemProfileRate = 1
	long := strings.Repeat("x", 50)
	for i := 0; i < 10; i++ {
		newObject()
		makeSlice(200)
		makePointers(30)
		appendOnce()
		closure(i + 1000)
		box([5]int{i})
		boxString(long)
		concat(long, long)
		toString(bs)
		toBytes(long)
		toRunes(long)
	}
	runtime.GC()
	for _, k := range []struct {
		name string
		size int64
	}{
		{"newObject", 24}, {"makeSlice", 208}, {"makePointers", 240}, {"appendOnce", 112}, {"appendOnce", 208},
		{"closure", 16}, {"box", 48}, {"boxString", 16}, {"concat", 112}, {"toString", 112}, {"toBytes", 64},
		{"toRunes", 208},
	} {
		name := k.name
		r := site(name, k.size)
		fmt.Println(name, r.AllocObjects, r.AllocBytes)
	}
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
