// run
// stress

// Senders that wait when the channel is closed panic, each in its own goroutine.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	c := make(chan int, 1)
	c <- 0
	const n = 20
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			defer func() {
				if r := recover(); r != nil {
					errs <- r.(runtime.Error)
				}
			}()
			if i%2 == 0 {
				c <- i
			} else {
				select {
				case c <- i:
				}
			}
		}(i)
	}
	// Whether they wait already or come too late, the result is the same.
	for i := 0; i < 50; i++ {
		runtime.Gosched()
	}
	close(c)
	wg.Wait()
	fmt.Println(len(errs), <-errs)
	v, ok := <-c
	fmt.Println(v, ok)
	v, ok = <-c
	fmt.Println(v, ok)
}
