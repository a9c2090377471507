// run
// stress

// Turning collections off waits for one that is marking: none ends afterwards.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

type node struct{ l, r *node }

func build(n int) *node {
	if n == 0 {
		return nil
	}
	return &node{build(n - 1), build(n - 1)}
}

var keep *node

func count() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func main() {
	keep = build(14)
	wrong := 0
	for round := 0; round < 30; round++ {
		debug.SetGCPercent(1)
		var wg sync.WaitGroup
		for i := 0; i < 3; i++ {
			wg.Add(1)
			go func() {
				build(10)
				wg.Done()
			}()
		}
		runtime.Gosched()
		if old := debug.SetGCPercent(-1); old != 1 {
			wrong++
		}
		before := count()
		build(10)
		wg.Wait()
		build(12)
		if count() != before {
			wrong++
		}
	}
	fmt.Println(wrong)
	runtime.KeepAlive(keep)
}
