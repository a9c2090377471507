// run
// gomaxprocs: 1,2

// Timers are overwritten with what they were before they were stopped, and move with a slice that grows: others fire all the same. (What
// becomes of a pending one that is overwritten with another's words, which official Go does not survive, is for the crate's tests.)
package main

import (
	"fmt"
	"runtime"
	"time"
)

// disturb does to timers of its own what takes a wake-up away if stopping them were counted.
func disturb(n int) {
	for i := 0; i < n; i++ {
		a, b := time.NewTimer(time.Hour), time.NewTimer(2*time.Hour)
		switch i % 2 {
		case 0:
			// Its own words, once it was stopped.
			before := *a
			a.Stop()
			*a = before
			a.Stop()
			*a = before
			a.Stop()
		case 1:
			// A slice that grows takes timers along.
			ts := []time.Timer{*a, *b}
			ts[0].Reset(time.Hour)
			for len(ts) < 20 {
				ts = append(ts, ts[0])
			}
			for i := range ts {
				ts[i].Stop()
			}
		}
	}
}

func main() {
	for _, n := range []int{1, 40, 2000} {
		for round := 0; round < 5; round++ {
			disturb(n)
			var others []*time.Timer
			for i := 0; i < 20; i++ {
				others = append(others, time.NewTimer(time.Duration(i*7%20)*100*time.Microsecond))
				disturb(n / 20)
			}
			if round == 3 {
				runtime.GC()
			}
			disturb(n)
			for _, o := range others {
				<-o.C
			}
			time.Sleep(time.Millisecond)
			time.Sleep(1)
		}
	}
	// A copy of one that is pending has its channel.
	var t time.Timer
	for i := 0; i < 3; i++ {
		t = *time.NewTimer(time.Millisecond)
		<-t.C
	}
	fmt.Println("all fired")
}
