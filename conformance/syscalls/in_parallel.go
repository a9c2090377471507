// run
// timeout: 20

// Blocked calls last at the same time, also on one processor.
package main

import (
	"fmt"
	"sync"
	"syscall"
	"time"
)

func main() {
	const n = 8
	begun := time.Now()
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			d := syscall.Timespec{Nsec: 250e6}
			syscall.Nanosleep(&d, nil)
		}()
	}
	wg.Wait()
	d := time.Since(begun)
	fmt.Println("parallel:", d < n*250*time.Millisecond*3/4, "long enough:", d >= 250*time.Millisecond)
}
