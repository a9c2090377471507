// run
// stress
// env: GODEBUG=clobberfree=1

// A pointer that is in a register alone keeps what it leads to: a ring of objects that nothing else knows is walked by a loop
// without calls, while collections free and reuse memory.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

type node struct {
	next *node
	v    uint64
	_    [3]uint64
}

func ring(n int) *node {
	first := &node{v: 1}
	last := first
	for i := 1; i < n; i++ {
		last.next = &node{v: uint64(i + 1)}
		last = last.next
	}
	last.next = first
	return first
}

//go:noinline
func walk(p *node, steps int) (sum uint64) {
	for i := 0; i < steps; i++ {
		sum = sum*3 + p.v
		p = p.next
	}
	return
}

var sink []*node

func main() {
	const size, steps = 500, 2_000_000
	want := walk(ring(size), steps)
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
			sink = nil
			for i := 0; i < 200; i++ {
				sink = append(sink, &node{v: 1 << 60})
			}
		}
		ended <- true
	}()
	for i := 0; i < 5; i++ {
		if got := walk(ring(size), steps); got != want {
			panic(fmt.Sprint("damaged: ", got, " want ", want))
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(want)
}
