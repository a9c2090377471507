// run
// stress

// A running timer keeps its function and what that captured; one that was stopped, or has fired, does not.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type box struct {
	id   int
	text string
}

var freed, good atomic.Int32
var sink any

//go:noinline
func fresh(id int) *box {
	b := &box{id, fmt.Sprint("box", id)}
	runtime.SetFinalizer(b, func(*box) { freed.Add(1) })
	return b
}

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		sink = &box{-1, "rubbish"}
		x := i
		sink = func() { x++ }
	}
	time.Sleep(time.Millisecond)
}

func until(n int32) int32 {
	for i := 0; i < 500 && freed.Load() < n; i++ {
		churn()
	}
	return freed.Load()
}

//go:noinline
func start(d time.Duration, id int) *time.Timer {
	b := fresh(id)
	return time.AfterFunc(d, func() {
		if b.text == fmt.Sprint("box", id) {
			good.Add(1)
		}
	})
}

func main() {
	const n = 50
	for i := 0; i < n; i++ {
		start(30*time.Millisecond, i) // nothing holds the timer
	}
	for i := 0; i < 3; i++ {
		churn()
	}
	for i := 0; i < 1000 && good.Load() < n; i++ {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("fired:", good.Load(), "freed:", until(n))
	var timers []*time.Timer
	for i := 0; i < n; i++ {
		timers = append(timers, start(time.Hour, i))
	}
	for i := 0; i < 3; i++ {
		churn()
	}
	fmt.Println("running:", freed.Load()-n)
	for _, t := range timers {
		t.Stop()
	}
	timers = nil
	fmt.Println("stopped:", until(2*n)-n)
	// Started again, a stopped timer has its function still.
	t := start(time.Hour, 7)
	t.Stop()
	churn()
	t.Reset(time.Millisecond)
	for i := 0; i < 1000 && good.Load() < n+1; i++ {
		churn()
	}
	fmt.Println("again:", good.Load()-n)
	runtime.KeepAlive(t)
	ticker := time.NewTicker(time.Millisecond)
	for i := 0; i < 5; i++ {
		churn()
		<-ticker.C
	}
	ticker.Stop()
	c := time.After(5 * time.Millisecond)
	churn()
	_, ok := <-c
	fmt.Println("ticks:", ok)
}
