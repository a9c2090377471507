// run

// Goroutines that hand values to each other get their turns among loops without calls.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

var stop atomic.Bool

func main() {
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	a, b := make(chan int), make(chan int)
	go func() {
		for v := range a {
			b <- v + 1
		}
		close(b)
	}()
	v := 0
	for i := 0; i < 10; i++ {
		a <- v
		v = <-b
	}
	close(a)
	_, ok := <-b
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			v++
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(v, ok)
	stop.Store(true)
}
