// run

// Thousands of sleepers at once, all of which wake.
package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	const n = 3000
	var wg sync.WaitGroup
	var mu sync.Mutex
	early, woken := 0, 0
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(d time.Duration) {
			defer wg.Done()
			start := time.Now()
			time.Sleep(d)
			mu.Lock()
			defer mu.Unlock()
			woken++
			if time.Since(start) < d {
				early++
			}
		}(time.Duration(i%50) * time.Millisecond)
	}
	wg.Wait()
	fmt.Println(woken, "woken,", early, "early")
}
