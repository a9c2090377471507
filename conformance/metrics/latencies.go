// run
// gomaxprocs: 1,2,4

// How long goroutines are ready before they run is counted.
package main

import (
	"fmt"
	"runtime/metrics"
	"sync"
)

func read() (n uint64) {
	s := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(s)
	for _, c := range s[0].Value.Float64Histogram().Counts {
		n += c
	}
	return
}

func main() {
	before := read()
	var wg sync.WaitGroup
	for i := 0; i < 1000; i++ {
		wg.Add(1)
		go wg.Done()
	}
	wg.Wait()
	c := make(chan int)
	go func() {
		for i := 0; i < 1000; i++ {
			c <- i
		}
		close(c)
	}()
	for range c {
	}
	// One in eight counts at least.
	fmt.Println(read() >= before+100)
}
