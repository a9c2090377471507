// run

// A ticker goes on until it is stopped, keeps to its period, and drops ticks that
// no goroutine reads.
package main

import (
	"fmt"
	"time"
)

func main() {
	const period = 4 * time.Millisecond
	start := time.Now()
	t := time.NewTicker(period)
	last := start
	for i := 1; i <= 5; i++ {
		at := <-t.C
		if !at.After(last) || at.Sub(start) < time.Duration(i)*period {
			fmt.Println("tick", i, "came too early")
		}
		last = at
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
