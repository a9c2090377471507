// run
// stress
// timeout: 30

// The classic of concurrent marking: the only pointer to an object moves from the heap to a stack that has
// been scanned already, and back to an object that has been scanned already.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type leaf struct {
	id, check int
	pad       [4]int
}

type holder struct {
	before [20]*holder
	p      *leaf
	after  [20]*holder
}

var stop atomic.Bool
var moves atomic.Int64
var bad atomic.Int64

func (l *leaf) good() bool { return l != nil && l.check == l.id*7+1 }

// The leaves wander from holder to holder by way of the stack; while there, the heap knows nothing of them.
//
//go:noinline
func wander(holders []*holder, n int) {
	for r := 0; r < 60 || !stop.Load(); r++ {
		for i := range holders {
			l := holders[i].p
			holders[i].p = nil // from here on only l
			if r%8 == i%8 {
				runtime.Gosched()
			}
			j := (i*31 + r) % len(holders)
			m := holders[j].p
			holders[j].p = l
			if m != nil && !m.good() || l != nil && !l.good() {
				bad.Add(1)
			}
			for m != nil { // its former holder finds another place
				j = (j + 1) % len(holders)
				m, holders[j].p = holders[j].p, m
			}
		}
		moves.Add(int64(len(holders)))
		runtime.Gosched()
	}
	count, sum := 0, 0
	for _, h := range holders {
		if h.p != nil {
			if !h.p.good() {
				bad.Add(1)
			}
			count++
			sum += h.p.id
		}
	}
	if count != n || sum != n*(n-1)/2 {
		bad.Add(1)
	}
}

func main() {
	var wg sync.WaitGroup
	for g := 0; g < 4; g++ {
		holders := make([]*holder, 64)
		for i := range holders {
			holders[i] = &holder{}
			holders[i].before[3], holders[i].after[7] = holders[i/2], holders[i/3]
			if i < 40 {
				holders[i].p = &leaf{id: i, check: i*7 + 1}
			}
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			wander(holders, 40)
		}()
	}
	var sink [64]*leaf
	for i := 0; i < 30; i++ {
		runtime.GC()
		for j := 0; j < 2000; j++ {
			sink[j%64] = &leaf{id: -1, check: -1}
		}
		runtime.Gosched()
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("bad:", bad.Load(), "moved:", moves.Load() > 10_000, sink[0].id)
}
