// run
// env: GOMAXPROCS=1

// What the compiler hands to the runtime besides memory: interfaces, copies, strings;
// and sync.Pool. Panics are in panics.go.
package main

import (
	"fmt"
	"sync"
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
	ascii    = "a line of plain text, about as long as lines are in sources"
	umlauts  = "zwölf Größen über Ästen, ein Öl für Mühlräder"
	runes    []rune
	text     string
	ints     []int
	words    []string
	three    = any(1000)
	four     = any(1000)
	shapes   = [2]shape{square{3}, square{3}}
)

func main() {
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
	bench("calls_compare_ints_in_any", 20_000_000, func(n int) {
		for i := 0; i < n; i++ {
			if three == four {
				sink++
			}
		}
	})
	bench("calls_compare_structs_in_iface", 20_000_000, func(n int) {
		for i := 0; i < n; i++ {
			if shapes[0] == shapes[1] {
				sink++
			}
		}
	})
	bench("calls_runes_ascii", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			runes = []rune(ascii)
		}
	})
	bench("calls_runes_umlauts", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			runes = []rune(umlauts)
		}
	})
	bench("calls_string_of_runes_ascii", 1_000_000, func(n int) {
		from := []rune(ascii)
		for i := 0; i < n; i++ {
			text = string(from)
		}
	})
	bench("calls_string_of_runes_umlauts", 1_000_000, func(n int) {
		from := []rune(umlauts)
		for i := 0; i < n; i++ {
			text = string(from)
		}
	})
	bench("calls_string_of_bytes_32", 5_000_000, func(n int) {
		for i := 0; i < n; i++ {
			text = string(from[:32])
		}
	})
	bench("calls_string_of_bytes_in_frame", 10_000_000, func(n int) {
		for i := 0; i < n; i++ {
			s := string(from[:24])
			sink += int(s[i&15])
		}
	})
	bench("calls_concat_in_frame", 10_000_000, func(n int) {
		a := ascii[:10]
		for i := 0; i < n; i++ {
			s := a + ":" + a
			sink += int(s[i&15])
		}
	})
	bench("calls_append_empty", 5_000_000, func(n int) {
		for i := 0; i < n; i++ {
			ints = append([]int(nil), i)
		}
	})
	bench("calls_append_8", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			var s []int
			for j := 0; j < 8; j++ {
				s = append(s, j)
			}
			ints = s
		}
	})
	bench("calls_append_strings", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			var s []string
			for j := 0; j < 4; j++ {
				s = append(s, text)
			}
			words = s
		}
	})
	bench("calls_pool_get_put", 20_000_000, func(n int) {
		pool := sync.Pool{New: func() any { return new(square) }}
		for i := 0; i < n; i++ {
			p := pool.Get()
			pool.Put(p)
		}
	})
}
