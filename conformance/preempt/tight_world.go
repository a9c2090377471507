// run
// stress

// The world is stopped in every way while loops without calls run on all processors.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
)

var stop atomic.Bool
var up atomic.Int32

//go:noinline
func spin(n *int) {
	up.Add(1)
	for !stop.Load() {
		*n++
	}
}

func main() {
	n := runtime.GOMAXPROCS(0)
	for i := 0; i < 2*n; i++ {
		go spin(new(int))
	}
	for up.Load() < int32(2*n) {
		runtime.Gosched()
	}
	var m runtime.MemStats
	for i := 0; i < 3; i++ {
		runtime.ReadMemStats(&m)
		runtime.GOMAXPROCS(n + 1 + i)
		debug.SetGCPercent(100)
		buf := make([]byte, 1<<16)
		text := string(buf[:runtime.Stack(buf, true)])
		if strings.Count(text, "main.spin(") != 2*n {
			panic(text)
		}
		records := make([]runtime.StackRecord, 100)
		if k, ok := runtime.GoroutineProfile(records); !ok || k != 2*n+1 {
			panic(fmt.Sprint(k, ok))
		}
	}
	fmt.Println(runtime.GOMAXPROCS(n) == n+3)
	stop.Store(true)
}
