// run

// Zeros of both signs are one key; every NaN is a key of its own that nothing finds.
package main

import (
	"fmt"
	"math"
)

func main() {
	m := map[float64]string{}
	zero := 0.0
	m[zero] = "plus"
	m[-zero] = "still plus"
	m[math.Copysign(0, -1)] = "minus"
	fmt.Println(len(m), m[0])

	nan := math.NaN()
	for i := 0; i < 20; i++ {
		m[nan] = fmt.Sprint("nan ", i)
	}
	_, ok := m[nan]
	fmt.Println(len(m), ok)
	delete(m, nan)
	fmt.Println(len(m))
	seen := 0
	for k, v := range m {
		if k != k && v != "" {
			seen++
		}
	}
	fmt.Println("seen while ranging:", seen)
	for k := range m {
		delete(m, k)
	}
	fmt.Println("after deleting each:", len(m))
	clear(m)
	fmt.Println("after clear:", len(m))

	c := map[complex128]int{}
	c[complex(nan, 0)]++
	c[complex(0, nan)]++
	c[complex(0, math.Copysign(0, -1))]++
	c[0]++
	fmt.Println(len(c), c[0])

	type point struct{ x, y float32 }
	p := map[point]int{}
	p[point{0, float32(math.Copysign(0, -1))}]++
	p[point{}]++
	p[point{1, float32(nan)}]++
	p[point{1, float32(nan)}]++
	fmt.Println(len(p), p[point{}])

	a := map[any]int{}
	a[nan]++
	a[nan]++
	a[0.0]++
	a[float32(0)]++
	fmt.Println(len(a))
}
