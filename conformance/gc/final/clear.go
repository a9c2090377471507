// run
// stress

// SetFinalizer with nil takes a finalizer away; the object is then freed like any other, and one that
// was set again has the new finalizer only.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	p   *int
	pad [100]int
}

var old, renewed, mark atomic.Int32

//go:noinline
func build(n int) {
	for i := 0; i < n; i++ {
		t := &thing{p: new(int)}
		runtime.SetFinalizer(t, func(*thing) { old.Add(1) })
		runtime.SetFinalizer(t, nil)
		u := &thing{}
		runtime.SetFinalizer(u, func(*thing) { old.Add(1) })
		runtime.SetFinalizer(u, nil)
		runtime.SetFinalizer(u, func(*thing) { renewed.Add(1) })
		runtime.SetFinalizer(&thing{}, nil) // none to take away
	}
}

//go:noinline
func sentinel() {
	runtime.SetFinalizer(&thing{}, func(*thing) { mark.Add(1) })
}

func main() {
	const n = 200
	var a, b runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&a)
	build(n)
	sentinel()
	for i := 0; i < 500 && (mark.Load() == 0 || renewed.Load() < n); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&b)
	fmt.Println("old:", old.Load(), "new:", renewed.Load(), "freed:", b.Frees-a.Frees >= 4*n)
	fmt.Println("left:", int64(b.HeapObjects)-int64(a.HeapObjects) < n/2)
}
