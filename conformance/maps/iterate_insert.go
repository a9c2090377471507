// run
// stress

// Entries inserted during an iteration may or may not be given; the old ones are,
// once each, also when the map grows several times on the way.
package main

import "fmt"

func main() {
	wrong := 0
	for _, n := range []int{1, 7, 8, 9, 60, 500} {
		m := map[int]string{}
		for i := 0; i < n; i++ {
			m[i] = "old"
		}
		seen := map[int]int{}
		next := n
		for k, v := range m {
			seen[k]++
			if k < n && v != "old" || k >= n && v != "new" {
				wrong++
			}
			for j := 0; j < 10 && next < 20*n; j++ {
				m[next] = "new"
				next++
			}
		}
		for k, times := range seen {
			if times != 1 || k >= next {
				wrong++
			}
		}
		for i := 0; i < n; i++ {
			if seen[i] != 1 {
				wrong++
			}
		}
		if len(m) != next {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
