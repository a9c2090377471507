// run
// stress

// An object that a finalizer keeps alive once more is freed when it is gone.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

type thing struct {
	next *thing
	pad  [100]byte
}

var called = make(chan bool, 10)

//go:noinline
func alloc() {
	for i := 0; i < 10; i++ {
		runtime.SetFinalizer(new(thing), func(*thing) { called <- true })
	}
}

func main() {
	runtime.MemProfileRate = 1
	alloc()
	// A stack slot of alloc may still point to one of them.
	func() {
		var clear [4096]byte
		runtime.KeepAlive(&clear)
	}()
	runtime.GC()
	n := 0
	for n < 9 {
		select {
		case <-called:
			n++
		case <-time.After(10 * time.Second):
			fmt.Println("finalizers called:", n)
			return
		}
	}
	for i := 0; i < 3; i++ {
		time.Sleep(time.Millisecond)
		runtime.GC()
	}
	r := site("alloc", 112)
	fmt.Println("allocated:", r.AllocBytes/112 >= 10, "freed:", r.FreeBytes/112 >= 9)
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
