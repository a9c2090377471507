// run
// timeout: 60

// A memory limit, and a long list among what is alive, which one processor marks, one node after the other: goroutines on the others find
// nothing to scan for what they allocate, and the heap must not grow past the limit meanwhile.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

type node struct {
	next *node
	pad  [7]uint64
}

var live *node
var junk [8][]byte

// Whether this is official Go, whose heap may be past the limit by its half on a busy machine.
func official() bool {
	pc := reflect.ValueOf(runtime.GC).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return strings.HasSuffix(file, "runtime/mgc.go")
}

func main() {
	const limit = 128 << 20
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(limit)
	for i := 0; i < 1<<20; i++ { // 64 MB
		live = &node{next: live}
	}
	var wg sync.WaitGroup
	for g := range junk {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 60000; i++ { // 150 MB
				junk[g] = make([]byte, 1000+i%3000)
			}
		}(g)
	}
	wg.Wait()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println("collected", ms.NumGC > 10)
	if ms.Sys > limit/4*5 && !official() {
		fmt.Println("past the limit:", ms.Sys>>20, "MB after", ms.NumGC, "collections")
	}
	runtime.KeepAlive(live)
}
