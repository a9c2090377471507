// run
// stress

// Any number of goroutines may read and iterate at once.
package main

import (
	"fmt"
	"sync"
)

func main() {
	m := map[string]int{}
	for i := 0; i < 500; i++ {
		m[fmt.Sprint("k", i)] = i
	}
	var wg sync.WaitGroup
	sums := make([]int, 16)
	for g := range sums {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 500; i++ {
				sums[g] += m[fmt.Sprint("k", i)]
			}
			for _, v := range m {
				sums[g] += v
			}
			if _, ok := m["absent"]; ok || len(m) != 500 {
				sums[g] = -1
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(sums)
}
