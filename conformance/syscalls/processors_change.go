// run
// stress
// timeout: 20

// The number of processors changes while goroutines are in system calls: they come back to fewer, to more, to others.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

func main() {
	var wg sync.WaitGroup
	var sum atomic.Int64
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for k := 0; k < 60; k++ {
				d := syscall.Timespec{Nsec: int64((i*k)%7) * 10000}
				syscall.Nanosleep(&d, nil)
				sum.Add(int64(k))
			}
		}(i)
	}
	go func() {
		for i := 0; i < 200; i++ {
			runtime.GOMAXPROCS(1 + i%5)
			runtime.Gosched()
		}
	}()
	wg.Wait()
	fmt.Println(sum.Load())
}
