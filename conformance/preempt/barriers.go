// run
// stress
// env: GODEBUG=gccheckmark=1

// A loop that stores pointers and calls nothing: no store is lost to a collection, wherever it is interrupted.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

type node struct {
	a, b *node
	v    int
}

//go:noinline
func shuffle(ring []*node, n int) {
	x := uint32(1)
	for i := 0; i < n; i++ {
		x = x*1664525 + 1013904223
		p, q := ring[x>>8%uint32(len(ring))], ring[x>>16%uint32(len(ring))]
		p.a, q.b = q.b, p.a
		p.b, q.a = q.a, p.b
	}
}

func count(ring []*node) (n int, sum int) {
	seen := map[*node]bool{}
	var visit func(p *node)
	visit = func(p *node) {
		if p == nil || seen[p] {
			return
		}
		seen[p] = true
		n++
		sum += p.v
		visit(p.a)
		visit(p.b)
	}
	for _, p := range ring {
		visit(p)
	}
	return
}

func main() {
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
		}
		ended <- true
	}()
	for k := 0; k < 4; k++ {
		ring := make([]*node, 64)
		for i := range ring {
			ring[i] = &node{&node{v: i}, &node{v: 2 * i}, 3 * i}
		}
		shuffle(ring, 300_000)
		fmt.Println(count(ring))
	}
	stop.Store(true)
	<-ended
}
