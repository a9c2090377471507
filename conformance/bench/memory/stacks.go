// run report.go

// Twenty thousand goroutines parked with 4 to 32 KB of their stacks in use, under collections: the only reference to
// what each of them checks in the end is in its frames.
package main

import (
	"runtime"
	"sync"
	"time"
)

type box struct{ value uint64 }

// descend uses 200 bytes or so in each call; box and locals are looked at on the way back.
//
//go:noinline
func descend(levels int, value uint64, parked *sync.WaitGroup, gate chan struct{}) uint64 {
	b := &box{value + uint64(levels)}
	keep(b)
	var locals [16]uint64
	locals[levels%16] = value
	below := uint64(0)
	if levels > 0 {
		below = descend(levels-1, value, parked, gate)
	} else {
		parked.Done()
		<-gate
	}
	if b.value != value+uint64(levels) || locals[levels%16] != value {
		fail("the frame of level %d lost %d", levels, value)
	}
	return below + b.value
}

//go:noinline
func keep(b *box) { sink = b; sink = nil }

var sink *box

func main() {
	n := scaled(20_000)
	rounds := max(1, scaled(20))
	w := watch(time.Millisecond)
	sums := make([]uint64, n)
	var parked, done sync.WaitGroup
	parked.Add(n)
	done.Add(n)
	gate := make(chan struct{})
	start := time.Now()
	for i := 0; i < n; i++ {
		go func(i int) {
			defer done.Done()
			sums[i] = descend(20+i%8*19, uint64(i), &parked, gate)
		}(i)
	}
	parked.Wait()
	perOp("stacks_grow", time.Since(start), n)

	start = time.Now()
	for i := 0; i < rounds; i++ {
		runtime.GC()
	}
	perOp("stacks_collect", time.Since(start), rounds*n)

	start = time.Now()
	close(gate)
	done.Wait()
	perOp("stacks_unwind", time.Since(start), n)
	sum := checksum
	for _, s := range sums {
		sum = mix(sum, s)
	}
	check("frames", sum)
	w.report()
}
