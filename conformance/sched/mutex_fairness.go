// run

// A goroutine that waits for a mutex gets it, though another one takes it again and
// again without a pause.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var mu sync.Mutex
	var stop atomic.Bool
	greedy := make(chan int)
	go func() {
		n := 0
		for !stop.Load() {
			mu.Lock()
			n++
			for i := 0; i < 100; i++ {
				_ = fmt.Sprint(i)
			}
			mu.Unlock()
		}
		greedy <- n
	}()
	got := 0
	for i := 0; i < 5; i++ {
		mu.Lock()
		got++
		mu.Unlock()
	}
	stop.Store(true)
	fmt.Println(got, <-greedy >= 0)
}
