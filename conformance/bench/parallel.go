// run

// Goroutines on all processors: contention, stealing, wake-ups.
package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// bench prints the median of 31 rounds of a tenth of n operations, in nanoseconds for each. What goroutines that contend take depends on how
// many of them happen to run at once: a round in which one processor came late is several times faster than the next one, so neither the
// best nor a few rounds say anything.
func bench(name string, n int, f func(n int)) {
	n = max(n/10, 1)
	var rounds [31]time.Duration
	for i := range rounds {
		start := time.Now()
		f(n)
		rounds[i] = time.Since(start)
	}
	slices.Sort(rounds[:])
	fmt.Printf("%s %.2f\n", name, float64(rounds[len(rounds)/2].Nanoseconds())/float64(n))
}

func workers(count, n int, f func(n int)) {
	var wg sync.WaitGroup
	wg.Add(count)
	for i := 0; i < count; i++ {
		go func() { f(n / count); wg.Done() }()
	}
	wg.Wait()
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	if n < 12 {
		return fib(n-1) + fib(n-2)
	}
	c := make(chan int, 1)
	go func() { c <- fib(n - 1) }()
	return fib(n-2) + <-c
}

func main() {
	bench("parallel_go_wait_8", 400_000, func(n int) {
		workers(8, n, func(n int) {
			var wg sync.WaitGroup
			for i := 0; i < n; i++ {
				wg.Add(1)
				go wg.Done()
				wg.Wait()
			}
		})
	})
	bench("parallel_mutex_8", 2_000_000, func(n int) {
		var mu sync.Mutex
		x := 0
		workers(8, n, func(n int) {
			for i := 0; i < n; i++ {
				mu.Lock()
				x++
				mu.Unlock()
			}
		})
	})
	bench("parallel_mutex_64", 2_000_000, func(n int) {
		var mu sync.Mutex
		x := 0
		workers(64, n, func(n int) {
			for i := 0; i < n; i++ {
				mu.Lock()
				x++
				mu.Unlock()
			}
		})
	})
	bench("parallel_mutex_8_with_work", 1_000_000, func(n int) {
		var mu sync.Mutex
		held := 0
		workers(8, n, func(n int) {
			own := uint32(n)
			for i := 0; i < n; i++ {
				for j := 0; j < 50; j++ {
					own = own*1664525 + 1013904223
				}
				mu.Lock()
				held += int(own & 1)
				mu.Unlock()
			}
		})
	})
	bench("parallel_rwmutex_8_readers", 4_000_000, func(n int) {
		var mu sync.RWMutex
		workers(8, n, func(n int) {
			for i := 0; i < n; i++ {
				mu.RLock()
				mu.RUnlock()
			}
		})
	})
	bench("parallel_gosched_64", 2_000_000, func(n int) {
		workers(64, n, func(n int) {
			for i := 0; i < n; i++ {
				runtime.Gosched()
			}
		})
	})
	bench("parallel_pool_8", 8_000_000, func(n int) {
		pool := sync.Pool{New: func() any { return new([64]byte) }}
		workers(8, n, func(n int) {
			for i := 0; i < n; i++ {
				pool.Put(pool.Get())
			}
		})
	})
	for _, each := range []int{4, 64} {
		bench(fmt.Sprintf("parallel_chan_buffered_%[1]dx%[1]d", each), 1_000_000, func(n int) {
			c := make(chan int, 128)
			go func() {
				workers(each, n, func(n int) {
					for i := 0; i < n; i++ {
						c <- i
					}
				})
				close(c)
			}()
			workers(each, each, func(int) {
				for range c {
				}
			})
		})
	}
	bench("parallel_chan_as_semaphore_16", 1_000_000, func(n int) {
		free := make(chan struct{}, 16)
		workers(64, n, func(n int) {
			for i := 0; i < n; i++ {
				free <- struct{}{}
				<-free
			}
		})
	})
	bench("parallel_chan_pingpong", 300_000, func(n int) {
		a, b := make(chan int), make(chan int)
		go func() {
			for v := range a {
				b <- v
			}
			close(b)
		}()
		for i := 0; i < n; i++ {
			a <- i
			<-b
		}
		close(a)
	})
	bench("parallel_fork_join_fib27", 1, func(int) { fib(27) })
}
