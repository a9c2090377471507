// run
// env: GOMAXPROCS=1

// Panics that are recovered, Goexit, and deferred calls.
package main

import (
	"fmt"
	"runtime"
	"time"
)

// bench prints the best of three rounds, in nanoseconds for each of n operations.
func bench(name string, n int, f func(n int)) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f(n)
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best.Nanoseconds())/float64(n))
}

var (
	zero   int
	sink   int
	index  = 7
	bytes  = []byte("abc")
	null   *int
	nobody any
)

// recovered calls f, which panics.
//
//go:noinline
func recovered(f func()) {
	defer func() { recover() }()
	f()
}

// deep calls f under n frames.
//
//go:noinline
func deep(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
	sink++
}

//go:noinline
func throughTen() {
	defer func() { recover() }()
	deep(10, func() { panic("x") })
}

//go:noinline
func tenCalls() {
	defer func() { recover() }()
	tenDeferred()
}

//go:noinline
func tenDeferred() {
	for i := 0; i < 10; i++ {
		defer func() { sink++ }()
	}
	panic("x")
}

//go:noinline
func repanics() {
	defer func() { recover() }()
	func() {
		defer func() { panic(recover()) }()
		panic("x")
	}()
}

//go:noinline
func deferOne() {
	defer func() { sink++ }()
}

// In a branch and a loop, the record is on the heap.
//
//go:noinline
func defersInLoop(n int) {
	for i := 0; i < n; i++ {
		defer func() {}()
	}
}

//go:noinline
func deferStack() {
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
	defer func() { sink++ }()
}

func each(name string, n int, f func()) {
	bench(name, n, func(n int) {
		for i := 0; i < n; i++ {
			f()
		}
	})
}

func main() {
	value := any("x")
	each("panics_recover", 1_000_000, func() { recovered(func() { panic(value) }) })
	each("panics_through_10_frames", 500_000, throughTen)
	each("panics_10_deferred_calls", 200_000, tenCalls)
	each("panics_again", 500_000, repanics)
	each("panics_divide", 500_000, func() { recovered(func() { sink = index / zero }) })
	each("panics_bounds", 500_000, func() { recovered(func() { sink = int(bytes[index]) }) })
	each("panics_nil_pointer", 200_000, func() { recovered(func() { sink = *null }) })
	each("panics_assertion", 200_000, func() { recovered(func() { sink = nobody.(int) }) })
	bench("panics_goexit", 300_000, func(n int) {
		done := make(chan bool)
		for i := 0; i < n; i++ {
			go func() {
				defer func() { done <- true }()
				runtime.Goexit()
			}()
			<-done
		}
	})
	each("panics_defer", 20_000_000, deferOne)
	each("panics_defer_9", 3_000_000, deferStack)
	each("panics_defer_in_loop_10", 1_000_000, func() { defersInLoop(10) })
}
