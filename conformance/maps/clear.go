// run
// stress

// clear empties a map of any size and leaves it usable.
package main

import (
	"fmt"
	"math"
)

func main() {
	for _, n := range []int{0, 1, 8, 9, 1000} {
		m := map[int]*int{}
		for i := 0; i < n; i++ {
			m[i] = new(int)
		}
		alias := m
		clear(m)
		_, ok := m[0]
		turns := 0
		for range m {
			turns++
		}
		fmt.Print(n, " ", len(m), len(alias), ok, turns)
		for i := 0; i < n; i++ {
			alias[i+5] = nil
		}
		fmt.Println(" again", len(m))
	}
	f := map[float64]int{math.NaN(): 1, math.Inf(1): 2}
	f[math.NaN()] = 3
	clear(f)
	fmt.Println(len(f))
	type set map[string]struct{}
	s := set{"a": {}, "b": {}}
	clear(s)
	s["c"] = struct{}{}
	fmt.Println(s)

	// The idiom that compilers turn into a clear.
	m := map[string]int{"x": 1, "y": 2}
	for k := range m {
		delete(m, k)
	}
	fmt.Println(len(m), m["x"])
	list := []int{1, 2, 3}
	clear(list[:2])
	fmt.Println(list)
}
