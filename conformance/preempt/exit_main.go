// run

// main returns while loops without calls run.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var up atomic.Int32

func main() {
	n := runtime.GOMAXPROCS(0)
	for i := 0; i < n; i++ {
		go func() {
			up.Add(1)
			for {
			}
		}()
	}
	for up.Load() < int32(n) {
		runtime.Gosched()
	}
	fmt.Println("over")
}
