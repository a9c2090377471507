// run
// stress

// Workers that select on work and on a signal to stop; none is left behind.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	work := make(chan int)
	stop := make(chan struct{})
	results := make(chan int)
	var wg sync.WaitGroup
	for w := 0; w < 8; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case v := <-work:
					select {
					case results <- v * v:
					case <-stop:
						return
					}
				case <-stop:
					return
				}
			}
		}()
	}
	sent, received, sum := 0, 0, 0
	for received < 500 {
		var out chan int
		if sent < 600 {
			out = work
		}
		select {
		case out <- sent:
			sent++
		case <-results:
			received++
			sum++
		}
	}
	close(stop)
	wg.Wait()
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
	fmt.Println(sum, sent >= received, runtime.NumGoroutine())
}
