// run taken.go
// gomaxprocs: 1,2,4

// Traces that follow each other while threads are in system calls, which a stop of the world does not hold up: nothing that belongs to one
// gets into the next. (What a thread had begun to write was once found at the head of the next trace: "g 0 did GoSysCall".)
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// deep makes the calls that lead to the system call many, so that most of a thread's time is the walk of them.
//
//go:noinline
func deep(n int) {
	if n > 0 {
		deep(n - 1)
		return
	}
	for i := 0; i < 100; i++ {
		syscall.Close(-1)
	}
}

func main() {
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !stop.Load() {
				deep(60)
			}
		}()
	}
	// With one processor a trace waits for it several times, behind all that make calls: 60 take 14 s (with official Go 40).
	start := time.Now()
	for i := 0; i < 60 && (i < 5 || time.Since(start) < 700*time.Millisecond); i++ {
		taken(runtime.Gosched)
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("nothing of another trace")
}
