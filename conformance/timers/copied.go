// run
// gomaxprocs: 1,2

// The copy of a timer is none that is pending: what is done with it does the original, and other timers, no harm.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	// A copy of one that is pending is stopped; then others wake up.
	a := *time.NewTimer(400 * time.Millisecond)
	fmt.Println(a.Stop(), a.Stop())
	time.Sleep(500 * time.Millisecond)
	ticker := *time.NewTicker(time.Millisecond)
	ticker.Stop()
	time.Sleep(5 * time.Millisecond)

	// Copies of one that is the last, the first, and in between, while there are many.
	var others []*time.Timer
	for i := 0; i < 300; i++ {
		others = append(others, time.NewTimer(time.Hour+time.Duration(i*7%300)*time.Second))
	}
	copies := make([]time.Timer, len(others))
	for i, o := range others {
		copies[i] = *o
	}
	for i := range copies {
		if i%3 != 0 && !copies[i].Stop() {
			fmt.Println("copy", i, "was not pending")
		}
	}
	for i, o := range others {
		if i%2 == 0 && !o.Stop() {
			fmt.Println("timer", i, "was not pending")
		}
	}
	for i := range copies {
		copies[i].Reset(2 * time.Hour)
		copies[i].Stop()
	}
	runtime.GC()
	fired := time.NewTimer(10 * time.Millisecond)
	<-fired.C
	for i, o := range others {
		if pending := o.Stop(); pending != (i%2 != 0) {
			fmt.Println("timer", i, pending)
		}
	}
	for i := 0; i < 5; i++ {
		time.Sleep(time.Millisecond)
		runtime.GC()
	}
}
