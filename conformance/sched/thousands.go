// run

// Ten thousand goroutines at once, all blocked, then all released.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	const n = 10_000
	var wg sync.WaitGroup
	gate := make(chan struct{})
	results := make(chan int, 100)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			<-gate
			results <- i
		}(i)
	}
	fmt.Println(runtime.NumGoroutine())
	go func() {
		wg.Wait()
		close(results)
	}()
	close(gate)
	sum, count := 0, 0
	for v := range results {
		sum += v
		count++
	}
	fmt.Println(count, sum)
}
