// run
// env: GOMAXPROCS=1

// Allocation with the collector off, in bounded amounts; the collector has its own file.
package main

import (
	"fmt"
	"runtime/debug"
	"time"
)

// bench prints the best of three rounds, in nanoseconds for each of n operations.
// Nothing is freed between rounds: the runtimes are compared without their collectors.
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

type plain16 struct{ a, b int }
type plain64 struct{ a [8]int }
type linked16 struct {
	next *linked16
	v    int
}
type linked64 struct {
	next *linked64
	v    [7]int
}

var (
	p8  *byte
	p16 *plain16
	p64 *plain64
	l16 *linked16
	l64 *linked64
	bs  []byte
	str string
)

func main() {
	debug.SetGCPercent(-1)
	bench("alloc_tiny_1", 8_000_000, func(n int) {
		for i := 0; i < n; i++ {
			p8 = new(byte)
		}
	})
	bench("alloc_plain_16", 4_000_000, func(n int) {
		for i := 0; i < n; i++ {
			p16 = new(plain16)
		}
	})
	bench("alloc_plain_64", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			p64 = new(plain64)
		}
	})
	bench("alloc_pointers_16", 4_000_000, func(n int) {
		for i := 0; i < n; i++ {
			l16 = new(linked16)
		}
	})
	bench("alloc_pointers_64", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			l64 = new(linked64)
		}
	})
	bench("alloc_slice_1k", 100_000, func(n int) {
		for i := 0; i < n; i++ {
			bs = make([]byte, 1024)
		}
	})
	bench("alloc_slice_64k", 1_000, func(n int) {
		for i := 0; i < n; i++ {
			bs = make([]byte, 64<<10)
		}
	})
	bench("alloc_slice_1m", 60, func(n int) {
		for i := 0; i < n; i++ {
			bs = make([]byte, 1<<20)
		}
	})
	bench("alloc_append_grow_1m", 1<<20, func(n int) {
		var s []int
		for i := 0; i < n; i++ {
			s = append(s, i)
		}
	})
	bench("alloc_string_concat", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			str = "goxide:" + str[:len(str)&7] + "!"
		}
	})
}
