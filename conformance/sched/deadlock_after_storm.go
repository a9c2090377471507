// run
// stress
// exit: 2

// After thousands of goroutines, timers and system calls have come and gone, the deadlock that remains
// is noticed, and not before.
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
	for g := 0; g < 200; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			switch g % 4 {
			case 0:
				time.Sleep(time.Duration(g) * time.Microsecond)
			case 1:
				t := syscall.Timespec{Nsec: int64(g) * 1000}
				syscall.Nanosleep(&t, nil)
			case 2:
				runtime.Gosched()
			case 3:
				<-time.After(time.Duration(g) * time.Microsecond)
			}
		}(g)
	}
	wg.Wait()
	fmt.Println("all are back")
	time.AfterFunc(time.Hour, func() {}).Stop()
	<-make(chan int)
}
