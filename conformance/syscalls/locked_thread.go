// run
// stress

// A goroutine that is locked to its thread comes back to it from every system call, whatever happens to its processor meanwhile.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			tid := syscall.Gettid()
			for k := 0; k < 100; k++ {
				d := syscall.Timespec{Nsec: int64(k%5) * 20000}
				syscall.Nanosleep(&d, nil)
				if t := syscall.Gettid(); t != tid {
					fmt.Println("went from", tid, "to", t)
					return
				}
				if k%20 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				time.Now()
				runtime.Gosched()
			}
		}
	}()
	wg.Wait()
	close(stop)
	fmt.Println("stayed")
}
