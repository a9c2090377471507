// run

// A ticker goes on until it is stopped, keeps to its period, and drops ticks that
// no goroutine reads. Two ticks may change places: a thread that the system takes
// the processor from, between reading the clock and sending, is overtaken by the
// next tick on another thread (official Go until 1.23, too).
package main

import (
	"fmt"
	"sort"
	"time"
)

func main() {
	const period = 4 * time.Millisecond
	start := time.Now()
	t := time.NewTicker(period)
	var ticks []time.Duration
	for i := 1; i <= 5; i++ {
		ticks = append(ticks, (<-t.C).Sub(start))
	}
	sort.Slice(ticks, func(i, j int) bool { return ticks[i] < ticks[j] })
	for i, at := range ticks {
		if at < time.Duration(i+1)*period || i > 0 && at == ticks[i-1] {
			fmt.Println("tick", i+1, "came too early")
		}
	}
	fmt.Println("five ticks")
	time.Sleep(10 * period)
	fmt.Println("kept:", len(t.C), "of", cap(t.C))
	t.Stop()
	for len(t.C) > 0 {
		<-t.C
	}
	select {
	case <-t.C:
		fmt.Println("ticks though stopped")
	case <-time.After(5 * period):
		fmt.Println("silent")
	}
	t.Reset(time.Millisecond)
	<-t.C
	fmt.Println("again")
	t.Stop()
	defer func() { fmt.Println(recover()) }()
	time.NewTicker(0)
}
