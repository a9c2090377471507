// run
// gomaxprocs: 2
// timeout: 10

// Two goroutines that wake each other all the time share their processor with others, which yield: the slice that one inherits from the
// other ends, also if the one that is asked to yield parks before it sees that.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	for _, procs := range []int{1, 2} {
		runtime.GOMAXPROCS(procs)
		fmt.Println(procs, turns(15, 120))
	}
}

// turns waits until each of n goroutines has had its turns, beside a pair that plays ping-pong.
func turns(n, each int) int {
	a, b, done := make(chan bool), make(chan bool), make(chan bool)
	var pair sync.WaitGroup
	pair.Add(2)
	go func() {
		defer pair.Done()
		for {
			select {
			case a <- true:
				<-b
			case <-done:
				close(a)
				return
			}
		}
	}()
	go func() {
		defer pair.Done()
		for range a {
			b <- true
		}
	}()
	had := make(chan int)
	for i := 0; i < n; i++ {
		go func() {
			for i := 0; i < each; i++ {
				runtime.Gosched()
			}
			had <- each
		}()
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-had
	}
	close(done)
	pair.Wait()
	return sum
}
