// run
// stress
// timeout: 30

// All finalizers run on one goroutine, one after the other: one that waits holds up the others.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	id int
	p  *thing
}

const n = 100

var busy atomic.Bool
var overlaps, ran atomic.Int32
var goroutines = map[string]bool{}
var gate = make(chan bool)

func me() string {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	return string(bytes.Fields(text)[1])
}

func finalize(t *thing) {
	if busy.Swap(true) {
		overlaps.Add(1)
	}
	if ran.Load() == 0 {
		<-gate
	}
	goroutines[me()] = true // without a lock: they do not run at once
	runtime.Gosched()
	busy.Store(false)
	ran.Add(1)
}

//go:noinline
func build() {
	for i := 0; i < n; i++ {
		runtime.SetFinalizer(&thing{id: i}, finalize)
	}
}

func main() {
	goroutines[me()] = true
	build()
	for i := 0; i < 500 && !busy.Load(); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("held up:", ran.Load())
	gate <- true
	for i := 0; i < 500 && ran.Load() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ran:", ran.Load(), "overlaps:", overlaps.Load(), "goroutines:", len(goroutines))
}
