// run
// gomaxprocs: 1

// With one processor: a loop without calls waits for what another goroutine does.
package main

import (
	"fmt"
	"sync/atomic"
)

func main() {
	for i := 0; i < 3; i++ {
		var flag atomic.Bool
		go func() { flag.Store(true) }()
		for !flag.Load() {
		}
		fmt.Println("turn", i)
	}
}
