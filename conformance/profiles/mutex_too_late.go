// run
// gomaxprocs: 2,4

// Of a mutex that is held all of the time the profile shows a delay of that time: also what passes until a goroutine that was woken finds that
// it comes too late, and waits again.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func main() {
	runtime.SetMutexProfileFraction(1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	began := time.Now()
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 2000; j++ {
				mu.Lock()
				for t := time.Now(); time.Since(t) < 100*time.Microsecond; {
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	passed := time.Since(began)
	runtime.SetMutexProfileFraction(0)
	records := make([]runtime.BlockProfileRecord, 100)
	n, ok := runtime.MutexProfile(records)
	var cycles int64
	for _, r := range records[:n] {
		cycles += r.Cycles
	}
	// The unit of a record is a tick of the processor's clock, as the profile of a wait of known length shows.
	runtime.SetMutexProfileFraction(1)
	mu.Lock()
	got := make(chan bool)
	go func() { mu.Lock(); close(got); mu.Unlock() }()
	time.Sleep(200 * time.Millisecond)
	mu.Unlock()
	<-got
	all := int64(0)
	n, _ = runtime.MutexProfile(records)
	for _, r := range records[:n] {
		all += r.Cycles
	}
	delay := float64(cycles) / float64(all-cycles) * 0.2
	fmt.Println(ok, n > 0, delay > 0.75*passed.Seconds())
}
