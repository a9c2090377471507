// run
// stress
// timeout: 30

// Many goroutines call runtime.GC at once: for each there is a collection that began after its call and
// ended before it returned.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type list struct {
	next *list
	v    int
}

func numGC() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func main() {
	var wg sync.WaitGroup
	var early, damaged, calls atomic.Int64
	for g := 0; g < 16; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			var l *list
			for i := 0; i < 8; i++ {
				for j := 0; j < 50; j++ {
					l = &list{l, g*i + j}
				}
				before := numGC()
				runtime.GC()
				calls.Add(1)
				if numGC() == before {
					early.Add(1)
				}
			}
			n := 0
			for ; l != nil; l = l.next {
				i := 7 - n/50
				if l.v != g*i+49-n%50 {
					damaged.Add(1)
				}
				n++
			}
			if n != 400 {
				damaged.Add(1)
			}
		}(g)
	}
	wg.Wait()
	fmt.Println("calls:", calls.Load(), "returned early:", early.Load(), "damaged:", damaged.Load())
}
