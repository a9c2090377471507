// run
// gomaxprocs: 1,2

// A goroutine that sleeps briefly, again and again, runs when it wakes, though very many others are ready: it does not queue up behind all of
// them because a slice was ended for its sake.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const n = 30_000
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	gate := make(chan bool)
	var over atomic.Bool
	for i := 0; i < n; i++ {
		go func() {
			ready.Done()
			<-gate
			for start := time.Now(); time.Since(start) < 40*time.Microsecond; {
			}
			done.Done()
		}()
	}
	ready.Wait()
	woken := make(chan int)
	go func() {
		times := 0
		for !over.Load() {
			time.Sleep(time.Millisecond)
			times++
		}
		woken <- times
	}()
	time.Sleep(5 * time.Millisecond)
	close(gate)
	done.Wait()
	over.Store(true)
	// More than a second of work for a processor. Behind all others it would wake once or twice, behind those that one processor has ready often.
	if times := <-woken; times < 60 {
		fmt.Println("woken", times, "times")
		return
	}
	fmt.Println("ok")
}
