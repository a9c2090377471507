// run
// stress

// Closing wakes every receiver at once, each with the zero value.
package main

import (
	"fmt"
	"sync"
)

func main() {
	for _, n := range []int{1, 10, 500} {
		c := make(chan string)
		var wg sync.WaitGroup
		var mu sync.Mutex
		zero, other := 0, 0
		for i := 0; i < n; i++ {
			wg.Add(1)
			go func(i int) {
				defer wg.Done()
				v, ok := "set", true
				if i%2 == 0 {
					v, ok = <-c
				} else {
					select {
					case v, ok = <-c:
					}
				}
				mu.Lock()
				if v == "" && !ok {
					zero++
				} else {
					other++
				}
				mu.Unlock()
			}(i)
		}
		close(c)
		wg.Wait()
		fmt.Println(n, zero, other)
	}
}
