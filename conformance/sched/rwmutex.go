// run

// Many readers or one writer; a waiting writer is not starved by readers.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	var mu sync.RWMutex
	var wg sync.WaitGroup
	a, b, torn := 0, 0, 0
	var tornMu sync.Mutex
	for w := 0; w < 4; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				mu.Lock()
				a++
				b--
				mu.Unlock()
			}
		}()
	}
	for r := 0; r < 8; r++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				mu.RLock()
				if a+b != 0 {
					tornMu.Lock()
					torn++
					tornMu.Unlock()
				}
				mu.RUnlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(a, b, torn)

	mu.RLock()
	mu.RLock()
	fmt.Println(mu.TryLock(), mu.TryRLock())
	got := make(chan bool)
	go func() { mu.Lock(); got <- true; mu.Unlock() }()
	for mu.TryRLock() { // until the writer has announced itself
		mu.RUnlock()
		runtime.Gosched()
	}
	fmt.Println("new readers wait behind the writer")
	mu.RUnlock()
	mu.RUnlock()
	mu.RUnlock()
	fmt.Println(<-got)
}
