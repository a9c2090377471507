// run

// Mutual exclusion, TryLock, and a lock that another goroutine releases.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	count, inside, worst := 0, 0, 0
	for i := 0; i < 16; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 200; j++ {
				mu.Lock()
				inside++
				if inside > worst {
					worst = inside
				}
				count++
				if j%50 == 0 {
					runtime.Gosched()
				}
				inside--
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(count, worst)

	fmt.Println(mu.TryLock(), mu.TryLock())
	go mu.Unlock()
	mu.Lock()
	fmt.Println("locked after another goroutine's unlock")
	mu.Unlock()
}
