// run
// stress
// timeout: 20

// Stopping the world takes processors from goroutines in system calls, which wait for it when they come back.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

func main() {
	var stop atomic.Bool
	var calls atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			buf := make([]byte, 64)
			fd, err := syscall.Open("/proc/self/stat", syscall.O_RDONLY, 0)
			if err != nil {
				fmt.Println(err)
				return
			}
			for !stop.Load() {
				if n, err := syscall.Pread(fd, buf, int64(i)); n <= 0 || err != nil {
					fmt.Println(n, err)
					return
				}
				calls.Add(1)
			}
			syscall.Close(fd)
		}(i)
	}
	var m runtime.MemStats
	for i := 0; i < 120 || calls.Load() < 100; i++ {
		runtime.ReadMemStats(&m)
		if i%30 == 0 {
			runtime.GC()
		}
		runtime.Gosched()
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("ok", m.Sys > 0)
}
