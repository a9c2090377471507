// run
// stress

// Values changed during an iteration are seen with the change, also after growth.
package main

import "fmt"

func main() {
	const n = 300
	m := map[int]int{}
	for i := 0; i < n; i++ {
		m[i] = 0
	}
	visited, stale := 0, 0
	version := 0
	for k, v := range m {
		if k >= n {
			continue
		}
		if v != version {
			stale++
		}
		visited++
		version++
		for i := 0; i < n; i++ {
			m[i] = version
		}
		if visited%10 == 0 {
			// Force growth now and then.
			for i := 0; i < 60; i++ {
				m[n+visited*100+i] = version
			}
		}
	}
	fmt.Println(visited, "visited,", stale, "stale")

	// Deletions and insertions around the keys that stay.
	m = map[int]int{}
	for i := 0; i < n; i++ {
		m[i] = i
	}
	seen := make([]int, n)
	for k := range m {
		if k < n {
			seen[k]++
		}
		for j := 0; j < 30; j++ {
			m[n+j] = j
		}
		for j := 0; j < 30; j++ {
			delete(m, n+j)
		}
	}
	wrong := 0
	for _, s := range seen {
		if s != 1 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong, len(m))
}
