// run
// stress

// An iteration over an unchanged map gives every entry once, for all sizes.
package main

import "fmt"

func main() {
	wrong := 0
	m := map[int]int{}
	for n := 0; n <= 600; n++ {
		seen := make([]bool, n)
		count := 0
		for k, v := range m {
			if k >= n || v != -k || seen[k] {
				wrong++
				continue
			}
			seen[k] = true
			count++
		}
		if count != n {
			wrong++
		}
		m[n] = -n
	}
	fmt.Println("wrong:", wrong)

	// Two iterations of one map at the same time.
	pairs := 0
	small := map[string]int{"a": 1, "b": 2, "c": 3}
	for range small {
		for range small {
			pairs++
		}
	}
	fmt.Println(pairs)
	sumK, sumV := 0, 0
	for k := range m {
		sumK += k
	}
	for _, v := range m {
		sumV += v
	}
	fmt.Println(sumK, sumV, len(m))
}
