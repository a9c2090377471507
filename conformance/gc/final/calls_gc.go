// run
// stress
// timeout: 30

// Finalizers collect, allocate, wait, start goroutines and set other finalizers.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	depth int
	text  string
	p     *thing
}

var ran, wrong atomic.Int32
var done = make(chan int, 100)

func finalize(t *thing) {
	runtime.GC()
	if t.text != fmt.Sprint("depth", t.depth) {
		wrong.Add(1)
	}
	for i := 0; i < 100; i++ {
		t.p = &thing{i, "rubbish", t.p}
	}
	runtime.GC()
	i := 99
	for p := t.p; p != nil; p = p.p {
		if p.depth != i {
			wrong.Add(1)
		}
		i--
	}
	if t.depth > 0 {
		launch(t.depth - 1)
	}
	go func() {
		runtime.GC()
		done <- t.depth
	}()
	time.Sleep(time.Millisecond)
	runtime.GC()
	ran.Add(1)
}

//go:noinline
func launch(depth int) {
	t := &thing{depth: depth, text: fmt.Sprint("depth", depth)}
	runtime.SetFinalizer(t, finalize)
}

func main() {
	for i := 0; i < 4; i++ {
		launch(3)
	}
	for i := 0; i < 1000 && (ran.Load() < 16 || len(done) < 16); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	sum := 0
	for len(done) > 0 {
		sum += <-done
	}
	fmt.Println("ran:", ran.Load(), "wrong:", wrong.Load(), "sum:", sum)
}
