// run
// stress

// Keys that are not equal to themselves survive growth and iteration with writes.
package main

import (
	"fmt"
	"math"
)

func main() {
	m := map[float64]int{}
	nan := math.NaN()
	const n = 1000
	for i := 0; i < n; i++ {
		m[nan] = i
		m[float64(i)] = i
	}
	fmt.Println(len(m))
	var seen [n]int
	for k, v := range m {
		if k != k {
			seen[v]++
		}
	}
	wrong := 0
	for _, k := range seen {
		if k != 1 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)

	// Growing while iterating must not repeat or lose any of them.
	again := map[int]int{}
	extra := n
	for k, v := range m {
		if k != k && v < n {
			again[v]++
		}
		if extra < 4*n {
			m[float64(extra)] = -1
			extra++
		}
	}
	wrong = 0
	for i := 0; i < n; i++ {
		if again[i] != 1 {
			wrong++
		}
	}
	fmt.Println("wrong while growing:", wrong)
}
