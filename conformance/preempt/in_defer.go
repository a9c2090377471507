// run
// stress

// Deferred functions that loop without calls, also while a panic is on its way, are interrupted like others; the panic goes on.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var collected atomic.Int32

// wait returns when another goroutine has run a collection.
func wait() {
	before := collected.Load()
	for collected.Load() == before {
	}
}

func inner(n int) {
	defer wait()
	defer func() {
		wait()
		if r := recover(); r != nil {
			panic(fmt.Sprint(r, " again"))
		}
	}()
	var a []int
	_ = a[n]
}

func outer(n int) (err any) {
	defer func() { err = recover() }()
	for i := 0; i < 2; i++ {
		defer wait()
	}
	inner(n)
	return nil
}

func main() {
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
			collected.Add(1)
		}
		ended <- true
	}()
	fmt.Println(outer(3))
	left := make(chan bool)
	go func() {
		defer close(left)
		defer wait()
		runtime.Goexit()
	}()
	<-left
	stop.Store(true)
	<-ended
}
