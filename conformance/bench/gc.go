// run

// Whole programs under the collector: throughput with garbage, and the longest pause.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

const finalized = 200_000

var kept *tree
var table map[int]*tree

// report prints the best of three rounds in nanoseconds per operation.
func report(name string, n int, f func()) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f()
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best.Nanoseconds())/float64(n))
}

func main() {
	report("gc_binary_trees_16", 64*(1<<17), func() {
		for i := 0; i < 64; i++ {
			build(16).count()
		}
	})
	kept = build(20)
	report("gc_garbage_over_live_heap", 16*(1<<17), func() {
		for i := 0; i < 16; i++ {
			build(16).count()
		}
	})
	report("gc_full_cycle_2m_objects", 1, runtime.GC)
	table = make(map[int]*tree)
	report("gc_map_of_pointers", 1<<20, func() {
		for i := 0; i < 1<<20; i++ {
			table[i&(1<<14-1)] = &tree{}
		}
	})
	report("gc_finalizers", finalized, func() {
		var ran sync.WaitGroup
		ran.Add(finalized)
		for i := 0; i < finalized; i++ {
			runtime.SetFinalizer(&tree{}, func(*tree) { ran.Done() })
		}
		runtime.GC()
		ran.Wait()
	})
	var stats debug.GCStats
	stats.PauseQuantiles = make([]time.Duration, 3)
	debug.ReadGCStats(&stats)
	fmt.Printf("gc_pause_longest %d.00\n", stats.PauseQuantiles[2].Nanoseconds())
}
