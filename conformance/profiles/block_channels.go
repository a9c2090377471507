// run
// gomaxprocs: 1,2,4

// The profile of blocking counts waits at channels for the statements that waited, innermost the operation.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

const pause = 20 * time.Millisecond

//go:noinline
func receive(c chan int) { <-c }

//go:noinline
func send(c chan int) { c <- 1 }

//go:noinline
func closed(c chan int) { <-c }

//go:noinline
func ready(c chan int) { <-c }

//go:noinline
func forever(c chan int) { <-c }

func after(f func()) {
	go func() {
		time.Sleep(pause)
		f()
	}()
}

func main() {
	runtime.SetBlockProfileRate(1)
	c := make(chan int)
	after(func() { c <- 1 })
	receive(c)
	after(func() { <-c })
	send(c)
	d := make(chan int)
	after(func() { close(d) })
	closed(d)
	e := make(chan int, 1)
	e <- 1
	ready(e)
	go forever(make(chan int))
	time.Sleep(pause)
	runtime.SetBlockProfileRate(0)
	after(func() { c <- 1 })
	receive(c)

	records := profile(runtime.BlockProfile)
	for _, name := range []string{"receive", "send", "closed", "ready", "forever"} {
		r, ok := site(name, records)
		if !ok {
			fmt.Println(name, "is not there")
			continue
		}
		f, _ := runtime.CallersFrames(r.Stack()).Next()
		fmt.Println(name, r.Count, r.Cycles > 0, f.Function)
	}
}

// site finds the record whose innermost function of package main is the one named.
func site(name string, records []runtime.BlockProfileRecord) (r runtime.BlockProfileRecord, ok bool) {
	for _, r := range records {
		frames := runtime.CallersFrames(r.Stack())
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				if f.Function == "main."+name {
					return r, true
				}
				break
			}
			if !more {
				break
			}
		}
	}
	return
}

func profile(get func([]runtime.BlockProfileRecord) (int, bool)) []runtime.BlockProfileRecord {
	n, _ := get(nil)
	p := make([]runtime.BlockProfileRecord, n+50)
	n, ok := get(p)
	if !ok {
		fmt.Println("no room")
	}
	return p[:n]
}
