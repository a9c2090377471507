// run

// Signal wakes the one that has waited longest, Broadcast wakes all.
package main

import (
	"fmt"
	"sync"
)

func main() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	waiting := make(chan int)
	woken := make(chan int)
	for i := 0; i < 6; i++ {
		go func(i int) {
			mu.Lock()
			waiting <- i
			cond.Wait()
			mu.Unlock()
			woken <- i
		}(i)
		<-waiting
		// Having the lock means that the goroutine is on the list.
		mu.Lock()
		mu.Unlock()
	}
	for i := 0; i < 3; i++ {
		cond.Signal()
		fmt.Println("signalled", <-woken)
	}
	cond.Broadcast()
	sum := 0
	for i := 0; i < 3; i++ {
		sum += <-woken
	}
	fmt.Println("the rest", sum)
	cond.Signal() // no goroutine waits, nothing happens
}
