// run
// env: GOMAXPROCS=1

// Maps: hits, misses, insertion, deletion, iteration; in the cache and out of it.
package main

import (
	"fmt"
	"strconv"
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

var sink int

// scattered gives a different order than insertion, without a cost that would show.
func scattered(i int) int { return int(uint32(i) * 2654435761 >> 4) }

func main() {
	for _, size := range []struct {
		name string
		n    int
	}{{"1k", 1 << 10}, {"1m", 1 << 20}} {
		ints := make(map[int]int)
		for i := 0; i < size.n; i++ {
			ints[i] = i
		}
		mask := size.n - 1
		bench("maps_hit_int_"+size.name, 5_000_000, func(n int) {
			sum := 0
			for i := 0; i < n; i++ {
				sum += ints[scattered(i)&mask]
			}
			sink = sum
		})
		bench("maps_miss_int_"+size.name, 5_000_000, func(n int) {
			sum := 0
			for i := 0; i < n; i++ {
				sum += ints[-1-scattered(i)&mask]
			}
			sink = sum
		})
		bench("maps_iterate_"+size.name, 1<<20, func(n int) {
			sum := 0
			for done := 0; done < n; done += len(ints) {
				for _, v := range ints {
					sum += v
				}
			}
			sink = sum
		})
	}
	keys := make([]string, 1<<10)
	words := make(map[string]int)
	for i := range keys {
		keys[i] = "key number " + strconv.Itoa(i)
		words[keys[i]] = i
	}
	bench("maps_hit_string_1k", 5_000_000, func(n int) {
		sum := 0
		for i := 0; i < n; i++ {
			sum += words[keys[scattered(i)&(1<<10-1)]]
		}
		sink = sum
	})
	bench("maps_insert_grow_1m", 1<<20, func(n int) {
		m := make(map[int]int)
		for i := 0; i < n; i++ {
			m[i] = i
		}
		sink = len(m)
	})
	bench("maps_insert_sized_1m", 1<<20, func(n int) {
		m := make(map[int]int, n)
		for i := 0; i < n; i++ {
			m[i] = i
		}
		sink = len(m)
	})
	bench("maps_insert_delete_1k", 5_000_000, func(n int) {
		m := make(map[int]int)
		for i := 0; i < n; i++ {
			m[i] = i
			delete(m, i-1<<10)
		}
		sink = len(m)
	})
	bench("maps_small_make_fill_8", 300_000, func(n int) {
		for i := 0; i < n; i++ {
			m := make(map[int]int)
			for j := 0; j < 8; j++ {
				m[j] = j
			}
			sink = len(m)
		}
	})
}
