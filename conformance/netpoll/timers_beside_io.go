// run
// env: GOMAXPROCS=1

// Timers are due while nothing runs and a thread waits in the poller.
package main

import (
	"fmt"
	"net"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go l.Accept()
	// The only thread waits in the poller: for timers too, to the millisecond and better.
	for _, d := range []time.Duration{time.Microsecond, 300 * time.Microsecond, 3 * time.Millisecond, 20 * time.Millisecond} {
		best := time.Hour
		for i := 0; i < 10; i++ {
			start := time.Now()
			time.Sleep(d)
			if took := time.Since(start); took < best {
				best = took
			}
		}
		fmt.Println(d, best >= d, best < d+10*time.Millisecond)
	}
	// An earlier timer is started while it waits for a later one.
	late := time.After(time.Hour)
	early := time.NewTimer(time.Hour)
	time.AfterFunc(5*time.Millisecond, func() { early.Reset(time.Millisecond) })
	select {
	case <-late:
		fmt.Println("late")
	case <-early.C:
		fmt.Println("early")
	}
}
