// run
// stress

// Pointers into a stack are adjusted when it moves: to locals, to array elements, to
// fields, and through chains of frames.
package main

import "fmt"

type frame struct {
	up   *frame
	n    int
	arr  [4]int
	here *int
}

//go:noinline
func descend(up *frame, n int) int {
	f := frame{up: up, n: n}
	f.here = &f.arr[n%4]
	*f.here = n
	total := 0
	if n > 0 {
		total = descend(&f, n-1)
	} else {
		// Walk all frames back to the first one.
		for g := &f; g != nil; g = g.up {
			if *g.here != g.n || g.arr[g.n%4] != g.n {
				return -1 << 40
			}
			g.arr[(g.n+1)%4] = 1
			total++
		}
	}
	if f.arr[(n+1)%4] != 1 || f.here != &f.arr[n%4] {
		return -1 << 40
	}
	return total
}

func main() {
	for _, n := range []int{5, 50, 500, 5000} {
		fmt.Println(descend(nil, n))
	}
}
