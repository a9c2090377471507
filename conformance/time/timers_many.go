// run
// stress

// A thousand timers with different times, some of them stopped, all accounted for.
package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

func main() {
	const n = 1000
	var fired atomic.Int64
	done := make(chan bool, n)
	var timers []*time.Timer
	for i := 0; i < n; i++ {
		d := time.Duration(i*7919%40) * time.Millisecond
		if i%4 == 0 {
			d = time.Hour
		}
		timers = append(timers, time.AfterFunc(d, func() {
			fired.Add(1)
			done <- true
		}))
	}
	stopped := 0
	for i := n - 1; i >= 0; i-- {
		if i%4 == 0 && timers[i].Stop() {
			stopped++
		}
	}
	for i := 0; i < n-stopped; i++ {
		<-done
	}
	fmt.Println(stopped, fired.Load(), len(done))
	active := 0
	for _, t := range timers {
		if t.Stop() {
			active++
		}
	}
	fmt.Println("active:", active)
}
