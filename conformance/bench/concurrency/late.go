// run report.go

// Timers while every processor is busy: how late they fire.
package main

import (
	"fmt"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const timers, apart = 300, 3 * time.Millisecond
	var (
		due   [timers]time.Time
		timer [timers]*time.Timer
		late  [timers]time.Duration
		stop  atomic.Bool
		busy  sync.WaitGroup
	)
	for i := range timer {
		d := time.Duration(i+1) * apart
		due[i] = time.Now().Add(d)
		timer[i] = time.NewTimer(d)
	}
	for i := runtime.GOMAXPROCS(0); i > 0; i-- {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for !stop.Load() {
			}
		}()
	}
	// What a timer sends is the time at which it has fired, whenever that is received.
	for i, t := range timer {
		late[i] = (<-t.C).Sub(due[i])
	}
	stop.Store(true)
	busy.Wait()
	sort.Slice(late[:], func(i, j int) bool { return late[i] < late[j] })
	fmt.Printf("timer_late_p50 %d ns\n", late[timers/2].Nanoseconds())
	fmt.Printf("timer_late_p99 %d ns\n", late[timers*99/100].Nanoseconds())
}
