// run

// A locked goroutine keeps its thread while others come and go.
package main

import (
	"fmt"
	"runtime"
	"syscall"
)

func main() {
	requests, answers := make(chan int), make(chan bool)
	const n = 4
	for i := 0; i < n; i++ {
		go func() {
			runtime.LockOSThread()
			runtime.LockOSThread() // counts
			me := syscall.Gettid()
			same := true
			for k := range requests {
				for j := 0; j < k; j++ {
					runtime.Gosched()
				}
				same = same && syscall.Gettid() == me
				answers <- same
			}
			runtime.UnlockOSThread()
			same = same && syscall.Gettid() == me
			runtime.UnlockOSThread()
			answers <- same
		}()
	}
	ok := 0
	for i := 0; i < 100; i++ {
		requests <- i % 7
		if <-answers {
			ok++
		}
	}
	close(requests)
	for i := 0; i < n; i++ {
		if <-answers {
			ok++
		}
	}
	fmt.Println(ok)
}
