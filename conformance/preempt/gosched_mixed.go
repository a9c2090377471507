// run
// stress

// Goroutines that are interrupted, that yield by themselves and that wait take turns; none starves.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

func main() {
	var stop atomic.Bool
	var turns [6]atomic.Int64
	ended := make(chan bool)
	tick := make(chan int)
	for i := range turns {
		go func(i int) {
			for !stop.Load() {
				turns[i].Add(1)
				switch i % 3 {
				case 0:
					for k := 0; k < 5_000_000 && !stop.Load(); k++ {
					}
				case 1:
					runtime.Gosched()
				case 2:
					select {
					case tick <- i:
					case <-tick:
					default:
						runtime.Gosched()
					}
				}
			}
			ended <- true
		}(i)
	}
	for i := range turns {
		for turns[i].Load() < 5 {
			runtime.Gosched()
		}
	}
	stop.Store(true)
	for range turns {
		<-ended
	}
	fmt.Println("all had turns")
}
