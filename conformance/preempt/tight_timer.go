// run

// Timers fire while loops without calls run on every processor.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

var stop atomic.Bool

func main() {
	for i := 0; i < runtime.GOMAXPROCS(0)+1; i++ {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	begin := time.Now()
	for i := 0; i < 3; i++ {
		time.Sleep(time.Millisecond)
	}
	fired := make(chan int, 1)
	time.AfterFunc(time.Millisecond, func() { fired <- 1 })
	fmt.Println(<-fired)
	tick := time.NewTicker(2 * time.Millisecond)
	<-tick.C
	<-tick.C
	tick.Stop()
	fmt.Println(time.Since(begin) < 5*time.Second)
	stop.Store(true)
}
