// run
// env: GOMAXPROCS=1

// Goroutines on one processor: switching, starting, handing over.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// bench prints the best of three rounds, in nanoseconds for each of n operations.
func bench(name string, n int, f func(n int)) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f(n)
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best.Nanoseconds())/float64(n))
}

func main() {
	bench("sched_gosched_pingpong", 2_000_000, func(n int) {
		var wg sync.WaitGroup
		wg.Add(2)
		for i := 0; i < 2; i++ {
			go func() {
				for j := 0; j < n/2; j++ {
					runtime.Gosched()
				}
				wg.Done()
			}()
		}
		wg.Wait()
	})
	bench("sched_go_wait_one", 500_000, func(n int) {
		var wg sync.WaitGroup
		for i := 0; i < n; i++ {
			wg.Add(1)
			go wg.Done()
			wg.Wait()
		}
	})
	bench("sched_go_wait_1000", 500_000, func(n int) {
		var wg sync.WaitGroup
		for i := 0; i < n; i += 1000 {
			wg.Add(1000)
			for j := 0; j < 1000; j++ {
				go wg.Done()
			}
			wg.Wait()
		}
	})
	bench("sched_mutex_uncontended", 20_000_000, func(n int) {
		var mu sync.Mutex
		for i := 0; i < n; i++ {
			mu.Lock()
			mu.Unlock()
		}
	})
	bench("sched_timer_reset_stop", 1_000_000, func(n int) {
		t := time.NewTimer(time.Hour)
		for i := 0; i < n; i++ {
			t.Reset(time.Hour)
		}
		t.Stop()
	})
	bench("stack_grow_64k", 20_000, func(n int) {
		var wg sync.WaitGroup
		for i := 0; i < n; i++ {
			wg.Add(1)
			go func() { deep(500); wg.Done() }()
			wg.Wait()
		}
	})
}

//go:noinline
func deep(n int) int {
	var pad [10]int
	if n == 0 {
		return 0
	}
	pad[n%10] = n
	return deep(n-1) + pad[n%7]
}
