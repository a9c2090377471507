// run
// stress

// Many goroutines grow their stacks at the same time.
package main

import "fmt"

//go:noinline
func walk(up *int, n, id int) int {
	mine := id + n
	if n == 0 {
		return *up
	}
	r := walk(&mine, n-1, id)
	if mine != id+n {
		return -1
	}
	return r + *up - *up
}

func main() {
	const n = 300
	results := make(chan [2]int)
	for id := 0; id < n; id++ {
		go func(id int) {
			total := 0
			for round := 1; round <= 3; round++ {
				base := 0
				total += walk(&base, 100*round+id, id)
			}
			results <- [2]int{id, total}
		}(id)
	}
	bad := 0
	for i := 0; i < n; i++ {
		r := <-results
		if r[1] != 3*(r[0]+1) {
			bad++
		}
	}
	fmt.Println("bad:", bad)
}
