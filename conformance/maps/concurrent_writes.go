// run
// exit: 2
// env: GOTRACEBACK=none
// gomaxprocs: 4

// Two goroutines that write to one map without a lock: fatal, beyond any recover.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

func main() {
	m := map[int]int{}
	var ready atomic.Int32
	write := func() {
		defer func() { fmt.Println("not reached", recover()) }()
		ready.Add(1)
		for ready.Load() < 2 {
			runtime.Gosched()
		}
		for i := 0; ; i++ {
			m[i&1023] = i
		}
	}
	go write()
	write()
}
