// run report.go

// Timers by the million: what it costs to start, to move and to stop one, and how late they fire beside those that wait.
package main

import (
	"fmt"
	"sort"
	"time"
)

const long = 24 * time.Hour

func pending(n int) []*time.Timer {
	timers := make([]*time.Timer, n)
	for i := range timers {
		timers[i] = time.NewTimer(long + time.Duration(i*7919%n)*time.Millisecond)
	}
	return timers
}

func main() {
	const million = 1_000_000
	timers := pending(million)
	bench("timer_reset_1m", million, func(n int) {
		for i := 0; i < n; i++ {
			timers[i*7919%n].Reset(long + time.Duration(i*104729%n)*time.Millisecond)
		}
	})
	bench("timer_stop_reset_1m", million, func(n int) {
		for i := 0; i < n; i++ {
			t := timers[i*7919%n]
			t.Stop()
			t.Reset(long + time.Duration(i)*time.Millisecond)
		}
	})
	for _, t := range timers {
		t.Stop()
	}

	const most = 8 * million
	start := time.Now()
	timers = pending(most)
	fmt.Printf("timer_start_8m %.2f ns/op\n", float64(time.Since(start).Nanoseconds())/most)

	// What a timer sends is the time at which it has fired, whenever that is received.
	const fired = 300
	late := make([]time.Duration, fired)
	for i := range late {
		due := time.Now().Add(time.Millisecond)
		late[i] = (<-time.NewTimer(time.Millisecond).C).Sub(due)
	}
	sort.Slice(late, func(i, j int) bool { return late[i] < late[j] })
	fmt.Printf("timer_late_8m_p50 %d ns\n", late[fired/2].Nanoseconds())
	fmt.Printf("timer_late_8m_p99 %d ns\n", late[fired*99/100].Nanoseconds())
	for _, t := range timers {
		t.Stop()
	}
}
