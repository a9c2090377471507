// run report.go

// Goroutines that meet: at channels, at locks, at timers.
package main

import (
	"runtime"
	"sync"
	"time"
)

func main() {
	bench("chan_roundtrip", 400_000, func(n int) {
		ping, pong := make(chan int), make(chan int)
		go func() {
			for v := range ping {
				pong <- v
			}
		}()
		for i := 0; i < n; i++ {
			ping <- i
			<-pong
		}
		close(ping)
	})
	bench("go_wait", 400_000, func(n int) {
		var wg sync.WaitGroup
		for i := 0; i < n; i++ {
			wg.Add(1)
			go wg.Done()
			wg.Wait()
		}
	})
	bench("gosched_64", 64*20_000, func(n int) {
		together(64, func(int) {
			for i := 0; i < n/64; i++ {
				runtime.Gosched()
			}
		})
	})
	contended("mutex_8", 8*25_000, func(n int) {
		var mu sync.Mutex
		shared := 0
		together(8, func(int) {
			for i := 0; i < n/8; i++ {
				mu.Lock()
				shared++
				mu.Unlock()
			}
		})
	})
	contended("mutex_64", 64*3_000, func(n int) {
		var mu sync.Mutex
		shared := 0
		together(64, func(int) {
			for i := 0; i < n/64; i++ {
				mu.Lock()
				shared++
				mu.Unlock()
			}
		})
	})
	contended("semaphore_16", 64*2_000, func(n int) {
		sem := make(chan struct{}, 16)
		together(64, func(int) {
			for i := 0; i < n/64; i++ {
				sem <- struct{}{}
				work()
				<-sem
			}
		})
	})
	contended("rwmutex_8_readers", 8*12_500, func(n int) {
		var mu sync.RWMutex
		together(8, func(int) {
			for i := 0; i < n/8; i++ {
				mu.RLock()
				work()
				mu.RUnlock()
			}
		})
	})
	contended("buffered_4x4", 4*25_000, func(n int) { buffered(4, n) })
	contended("buffered_64x64", 64*2_000, func(n int) { buffered(64, n) })
	bench("select_four", 300_000, func(n int) {
		var c [4]chan int
		for i := range c {
			c[i] = make(chan int)
		}
		go func() {
			for i := 0; i < n; i++ {
				c[i%4] <- i
			}
		}()
		for i := 0; i < n; i++ {
			select {
			case <-c[0]:
			case <-c[1]:
			case <-c[2]:
			case <-c[3]:
			}
		}
	})
	bench("timer_create_stop", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			time.NewTimer(time.Hour).Stop()
		}
	})
	pending := make([]*time.Timer, 1_000_000)
	for i := range pending {
		pending[i] = time.NewTimer(time.Hour + time.Duration(i*7919%1_000_000)*time.Millisecond)
	}
	bench("timer_reset_million", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			pending[i*7919%len(pending)].Reset(2*time.Hour + time.Duration(i*104729%1_000_000)*time.Millisecond)
		}
	})
}

// buffered sends n values from so many goroutines to as many.
func buffered(each, n int) {
	c := make(chan int, 64)
	var receivers sync.WaitGroup
	receivers.Add(each)
	for i := 0; i < each; i++ {
		go func() {
			defer receivers.Done()
			for range c {
			}
		}()
	}
	together(each, func(int) {
		for i := 0; i < n/each; i++ {
			c <- i
		}
	})
	close(c)
	receivers.Wait()
}

//go:noinline
func work() {
	for i := 0; i < 100; i++ {
	}
}
