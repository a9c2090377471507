// run

// A buffered channel as a counting semaphore, an unbuffered one as a rendezvous.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

func main() {
	const limit = 3
	slots := make(chan struct{}, limit)
	var inside, worst, runs atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 40; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}
			now := inside.Add(1)
			for {
				w := worst.Load()
				if now <= w || worst.CompareAndSwap(w, now) {
					break
				}
			}
			runtime.Gosched()
			runs.Add(1)
			inside.Add(-1)
			<-slots
		}()
	}
	wg.Wait()
	fmt.Println(runs.Load(), worst.Load() <= limit, len(slots))

	// Two sides that meet in each round.
	meet := make(chan int)
	done := make(chan bool)
	a, b := 0, 0
	go func() {
		for i := 0; i < 100; i++ {
			b++
			meet <- b
		}
		done <- true
	}()
	for i := 0; i < 100; i++ {
		a++
		if other := <-meet; other != a {
			fmt.Println("out of step", a, other)
		}
	}
	<-done
	fmt.Println(a, b)
}
