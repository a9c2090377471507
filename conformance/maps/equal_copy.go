// run

// Package maps on top of the runtime's maps.
package main

import (
	"fmt"
	"maps"
	"math"
)

func main() {
	a := map[string]int{"x": 1, "y": 2, "z": 3}
	b := maps.Clone(a)
	fmt.Println(maps.Equal(a, b), len(b))
	b["w"] = 4
	fmt.Println(maps.Equal(a, b), len(a), len(b))
	maps.DeleteFunc(b, func(k string, v int) bool { return v%2 == 0 })
	fmt.Println(b)
	maps.Copy(b, map[string]int{"x": 100, "new": 5})
	fmt.Println(b)
	fmt.Println(maps.EqualFunc(a, a, func(v, w int) bool { return v == w }))
	fmt.Println(maps.Clone(map[int]int(nil)) == nil)
	empty := maps.Clone(map[int]int{})
	empty[1] = 1
	fmt.Println(empty)

	big := map[int][]int{}
	for i := 0; i < 1000; i++ {
		big[i] = []int{i}
	}
	copied := maps.Clone(big)
	copied[5][0] = -5
	copied[6] = nil
	delete(copied, 7)
	fmt.Println(len(big), len(copied), big[5], big[6], big[7])
	sum := 0
	for k, v := range copied {
		if len(v) == 1 && v[0] == k {
			sum += k
		}
	}
	fmt.Println(sum)
	nan := map[float64]int{math.NaN(): 1}
	fmt.Println(maps.Equal(nan, nan), len(maps.Clone(nan)))
}
