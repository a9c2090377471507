// run
// exit: 2
// env: GOTRACEBACK=none
// gomaxprocs: 4

// An iteration that meets a write under way.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var sink int

func main() {
	m := map[int]int{}
	for i := 0; i < 100; i++ {
		m[i] = i
	}
	var ready atomic.Int32
	go func() {
		ready.Store(1)
		for i := 0; ; i++ {
			m[i%100] = i
		}
	}()
	for ready.Load() == 0 {
		runtime.Gosched()
	}
	defer func() { fmt.Println("not reached", recover()) }()
	for {
		for k := range m {
			sink += k
		}
	}
}
