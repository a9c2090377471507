// run
// stress

// Cloning maps of every size, at every stage of growth; original and copy part ways.
package main

import (
	"fmt"
	"maps"
)

func main() {
	wrong := 0
	m := map[int]string{}
	for n := 0; n < 300; n++ {
		m[n] = "old"
		c := maps.Clone(m)
		if len(c) != n+1 || !maps.Equal(m, c) {
			wrong++
		}
		for i := 0; i <= n; i += 3 {
			c[i] = "new"
		}
		c[-1] = "extra"
		for i := 1; i <= n; i += 3 {
			delete(c, i)
		}
		for k, v := range m {
			if v != "old" || k < 0 {
				wrong++
			}
		}
		if len(m) != n+1 {
			wrong++
		}
	}
	for n := 299; n >= 0; n-- {
		delete(m, n)
		if c := maps.Clone(m); len(c) != n || !maps.Equal(c, m) {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
