// run
// env: GOMAXPROCS=1

// Maps by what their keys are: structs, interfaces, arrays, strings; few entries, some, and more than caches hold.
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

type (
	named struct { // two words and a string
		a, b int
		s    string
	}
	point struct{ x, y float64 }
	boxed struct {
		v any
		n int
	}
)

var sink int

// scattered gives a different order than insertion, without a cost that would show.
func scattered(i int) int { return int(uint32(i) * 2654435761 >> 4) }

// look measures hits and misses among entries made of 0..n-1; absent keys are made of -1..-n.
func look[K comparable](name string, n, ops int, key func(i int) K) {
	m := make(map[K]int)
	there, absent := make([]K, n), make([]K, n)
	for i := range there {
		there[i], absent[i] = key(i), key(-1-i)
		m[there[i]] = i
	}
	bench("maps_hit_"+name, ops, func(ops int) {
		sum := 0
		for i := 0; i < ops; i++ {
			sum += m[there[scattered(i)&(n-1)]]
		}
		sink = sum
	})
	bench("maps_miss_"+name, ops, func(ops int) {
		sum := 0
		for i := 0; i < ops; i++ {
			sum += m[absent[scattered(i)&(n-1)]]
		}
		sink = sum
	})
}

// replace measures a deletion and the insertion of the same key.
func replace[K comparable](name string, n, ops int, key func(i int) K) {
	m := make(map[K]int)
	there := make([]K, n)
	for i := range there {
		there[i] = key(i)
		m[there[i]] = i
	}
	bench("maps_delete_insert_"+name, ops, func(ops int) {
		for i := 0; i < ops; i++ {
			k := there[scattered(i)&(n-1)]
			delete(m, k)
			m[k] = i
		}
	})
}

func iterate[K comparable](name string, n int, key func(i int) K) {
	m := make(map[K]int)
	for i := 0; i < n; i++ {
		m[key(i)] = i
	}
	bench("maps_iterate_"+name, max(n, 1<<20), func(ops int) {
		sum := 0
		for done := 0; done < ops; done += n {
			for _, v := range m {
				sum += v
			}
		}
		sink = sum
	})
}

func main() {
	struct_ := func(i int) named { return named{i, i * 7, "item" + strconv.Itoa(i&1023)} }
	integer := func(i int) int { return i }
	text := func(i int) string { return "key number " + strconv.Itoa(i) }
	pair := func(i int) [2]string { return [2]string{strconv.Itoa(i), "x"} }
	boxedInt := func(i int) any { return i }
	boxedText := func(i int) any { return strconv.Itoa(i) }

	look("struct_16", 16, 5_000_000, struct_)
	look("struct_1k", 1<<10, 5_000_000, struct_)
	look("struct_256k", 1<<18, 2_000_000, struct_)
	look("any_int_8", 8, 5_000_000, boxedInt)
	look("any_string_8", 8, 5_000_000, boxedText)
	look("two_strings_8", 8, 5_000_000, pair)
	look("int_8", 8, 5_000_000, integer)
	look("string_256k", 1<<18, 2_000_000, text)
	look("floats_1k", 1<<10, 3_000_000, func(i int) point { return point{float64(i), 1} })
	look("struct_with_any_1k", 1<<10, 3_000_000, func(i int) boxed { return boxed{i, 1} })

	replace("struct_16", 16, 3_000_000, struct_)
	replace("struct_1k", 1<<10, 3_000_000, struct_)
	replace("struct_256k", 1<<18, 2_000_000, struct_)
	replace("int_1m", 1<<20, 2_000_000, integer)
	replace("string_256k", 1<<18, 2_000_000, text)

	iterate("int_16", 16, integer)
	iterate("struct_16", 16, struct_)
	iterate("struct_1k", 1<<10, struct_)
	iterate("struct_256k", 1<<18, struct_)
	iterate("string_1k", 1<<10, text)
}
