// run

// Iterations start at random places: the first key varies, in small maps and large.
package main

import "fmt"

func firsts(n, rounds int) int {
	m := map[int]bool{}
	for i := 0; i < n; i++ {
		m[i] = true
	}
	seen := map[int]bool{}
	for i := 0; i < rounds; i++ {
		for k := range m {
			seen[k] = true
			break
		}
	}
	return len(seen)
}

func main() {
	fmt.Println(firsts(1, 10))
	for _, n := range []int{2, 8, 9, 50, 1000} {
		fmt.Println(n, firsts(n, 500) > 1)
	}
	// Whole orders differ too, among maps with the same content.
	orders := map[string]bool{}
	for i := 0; i < 50; i++ {
		m := map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
		s := ""
		for k := range m {
			s += k
		}
		orders[s] = true
	}
	fmt.Println(len(orders) > 1)
}
