// run
// exit: 2
// gomaxprocs: 2

// A program panics while loops without calls run.
package main

import (
	"runtime"
	"sync/atomic"
)

var up atomic.Int32

func main() {
	for i := 0; i < 4; i++ {
		go func() {
			up.Add(1)
			for {
			}
		}()
	}
	for up.Load() < 4 {
		runtime.Gosched()
	}
	panic("enough")
}
