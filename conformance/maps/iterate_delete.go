// run
// stress

// Entries deleted during an iteration, before they were reached, are not given.
package main

import "fmt"

func main() {
	wrong := 0
	for _, n := range []int{1, 5, 8, 9, 100, 1000} {
		m := map[int]int{}
		for i := 0; i < n; i++ {
			m[i] = i
		}
		gone := map[int]bool{}
		visited := 0
		for k := range m {
			if gone[k] {
				wrong++
			}
			visited++
			// The entry itself and one other.
			other := (k + n/2) % n
			delete(m, k)
			delete(m, other)
			gone[k], gone[other] = true, true
		}
		if len(m) != 0 || visited > n || len(gone) != n {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)

	m := map[string]int{}
	for i := 0; i < 50; i++ {
		m[fmt.Sprint(i)] = i
	}
	turns := 0
	for range m {
		turns++
		clear(m)
	}
	fmt.Println(turns, len(m))

	// Deleted and put back: at most once more, and with the new value.
	for i := 0; i < 20; i++ {
		n := map[int]int{1: 1, 2: 2, 3: 3}
		for k, v := range n {
			if v > 100 {
				break
			}
			delete(n, k)
			n[k] = v + 100
		}
		if len(n) != 3 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
