// run
// gomaxprocs: 2
// timeout: 60

// Collections that are asked for while others become due, by goroutines that outrun what sweeps for the next: each begins once, and
// afterwards collections begin and end as ever.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

const size = 4 << 20

var sinks [4]any

func main() {
	debug.SetGCPercent(50) // whatever GOGC says
	for _, procs := range []int{2, 4} {
		runtime.GOMAXPROCS(procs)
		var stop atomic.Bool
		var wg sync.WaitGroup
		for i := range sinks {
			wg.Add(1)
			go func(i int) {
				defer wg.Done()
				for j := 0; !stop.Load(); j++ {
					s := make([]*int, size/8)
					s[j%len(s)] = new(int)
					sinks[i] = s
					// Many to sweep.
					for k := 0; k < 3000; k++ {
						s[k] = new(int)
					}
				}
			}(i)
		}
		for i := 0; i < 60; i++ {
			runtime.GC()
		}
		stop.Store(true)
		wg.Wait()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 60; i++ {
		sinks[0] = make([]*int, size/8)
	}
	runtime.ReadMemStats(&after)
	fmt.Println(before.HeapSys < 512<<20, after.NumGC > before.NumGC)
}
