// run
// stress
// timeout: 30

// A goroutine whose stack is scanned late, after many deep ones, gives away what it alone holds: to objects
// that are new and so not scanned any more, and to goroutines that were scanned before.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type leaf struct{ id, check int }

type holder struct{ p *leaf }

var sink *leaf
var wg sync.WaitGroup
var bad atomic.Int32

//go:noinline
func deep(n int, ready *sync.WaitGroup, gate chan bool, l *leaf) {
	if n == 0 {
		ready.Done()
		<-gate
	} else {
		deep(n-1, ready, gate, l)
	}
	if l.check != ^l.id {
		bad.Add(1)
	}
}

func receive(c chan *leaf, gate chan bool) {
	defer wg.Done()
	l := <-c
	<-gate
	if l.id != ^l.check || l.id < 0 {
		bad.Add(1)
	}
}

const n = 64

func give(c chan *leaf, start, gate chan bool) {
	defer wg.Done()
	var mine [2 * n]*leaf
	var holders [n]*holder
	for i := range mine {
		mine[i] = &leaf{i, ^i}
	}
	start <- true
	<-start
	for i := range holders {
		time.Sleep(50 * time.Microsecond)
		holders[i] = &holder{mine[i]}
		mine[i] = nil
		c <- mine[n+i]
		mine[n+i] = nil
	}
	<-gate
	for i, h := range holders {
		if h.p.id != i || h.p.check != ^i {
			bad.Add(1)
		}
	}
}

func main() {
	c, gate, start := make(chan *leaf), make(chan bool), make(chan bool)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go receive(c, gate)
	}
	runtime.Gosched()
	const sleepers = 100
	var ready, slept sync.WaitGroup
	for i := 0; i < sleepers; i++ {
		ready.Add(1)
		slept.Add(1)
		go func(i int) {
			defer slept.Done()
			deep(2000, &ready, gate, &leaf{i, ^i})
		}(i)
	}
	ready.Wait()
	wg.Add(1)
	go give(c, start, gate)
	<-start
	var done atomic.Bool
	go func() {
		runtime.GC()
		done.Store(true)
	}()
	start <- true
	for !done.Load() {
		time.Sleep(100 * time.Microsecond)
	}
	for i := 0; i < 10_000; i++ {
		sink = &leaf{-1, -1}
	}
	time.Sleep(5 * time.Millisecond)
	close(gate)
	wg.Wait()
	slept.Wait()
	fmt.Println("bad:", bad.Load())
}
