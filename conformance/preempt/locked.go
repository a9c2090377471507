// run

// A goroutine that is locked to its thread is interrupted, and goes on on that thread.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
)

func main() {
	const n = 3
	var turns [n]atomic.Int32
	done := make(chan bool)
	for i := 0; i < n; i++ {
		go func(i int) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			id := syscall.Gettid()
			for k := int32(1); k < 4; k++ {
				turns[i].Store(k)
				// Until all others are as far.
				for j := range turns {
					for turns[j].Load() < k {
					}
				}
			}
			done <- id == syscall.Gettid()
		}(i)
	}
	for i := 0; i < n; i++ {
		fmt.Println(<-done)
	}
}
