// run
// env: GOMAXPROCS=1

// What the compiler hands to the runtime besides memory: defers, panics, interfaces,
// copies, hashing.
package main

import (
	"fmt"
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

type shape interface{ area() int }
type named interface{ name() string }
type square struct{ side int }

func (s square) area() int    { return s.side * s.side }
func (s square) name() string { return "square" }

var (
	anything any = square{3}
	flag         = true
	sink     int
	from, to = make([]byte, 4096), make([]byte, 4096)
	one, two = any("a string of some length"), any("a string of some length")
)

//go:noinline
func recovers() {
	defer func() { recover() }()
	panic("x")
}

//go:noinline
func defersInLoop(n int) {
	for i := 0; i < n; i++ {
		defer func() {}()
	}
}

func main() {
	bench("calls_panic_recover", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			recovers()
		}
	})
	bench("calls_defer_in_loop", 2_000_000, func(n int) {
		for i := 0; i < n; i += 100 {
			defersInLoop(100)
		}
	})
	bench("calls_assert_interface", 20_000_000, func(n int) {
		for i := 0; i < n; i++ {
			if s, ok := anything.(named); ok && flag {
				sink += len(s.name())
			}
		}
	})
	bench("calls_compare_interfaces", 20_000_000, func(n int) {
		for i := 0; i < n; i++ {
			if one == two {
				sink++
			}
		}
	})
	bench("calls_memmove_64", 50_000_000, func(n int) {
		for i := 0; i < n; i++ {
			copy(to[:64+sink&1], from)
		}
	})
	bench("calls_memmove_4k", 5_000_000, func(n int) {
		for i := 0; i < n; i++ {
			copy(to, from)
		}
	})
	bench("calls_memclr_4k", 5_000_000, func(n int) {
		for i := 0; i < n; i++ {
			for j := range to {
				to[j] = 0
			}
		}
	})
	bench("calls_string_to_bytes_32", 5_000_000, func(n int) {
		text := "thirty-two bytes of plain text.."
		for i := 0; i < n; i++ {
			b := []byte(text)
			sink += int(b[i&31])
		}
	})
	bench("calls_runes_of_string", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			for _, r := range "zwölf Größen" {
				sink += int(r)
			}
		}
	})
}
