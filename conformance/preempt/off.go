// run
// gomaxprocs: 1
// env: GODEBUG=asyncpreemptoff=1

// asyncpreemptoff: a loop without calls keeps the only processor until it ends.
package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

var ran atomic.Bool

//go:noinline
func loop(n int) (x int, seen bool) {
	for i := 0; i < n; i++ {
		x = x*3 + i
	}
	return x, ran.Load()
}

func main() {
	begin := time.Now()
	loop(10_000_000)
	// Some 100 ms: ten times what a goroutine may run.
	n := 10_000_000 * (1 + int(100*time.Millisecond/(time.Since(begin)+1)))
	go func() { ran.Store(true) }()
	_, seen := loop(n)
	fmt.Println(seen)
	for !ran.Load() {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(ran.Load())
}
