// run
// exit: 2
// env: GOTRACEBACK=all

// What goroutines wait with is in their traces: how long one sleeps, with which ticket one waits for a condition.
package main

import (
	"runtime"
	"sync"
	"time"
)

func main() {
	c := sync.NewCond(&sync.Mutex{})
	for i := 0; i < 3; i++ {
		go func() {
			c.L.Lock()
			c.Wait()
		}()
		time.Sleep(20 * time.Millisecond)
	}
	go func() { time.Sleep(0x1234); time.Sleep(time.Duration(0x7fffffffffff0000) | 0x1234) }()
	time.Sleep(20 * time.Millisecond)
	// Also when the stack has moved since.
	runtime.GC()
	runtime.GC()
	panic("now")
}
