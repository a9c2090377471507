// run

// A WaitGroup waits for all, may be waited for by several, and may be used again.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var wg, waiters sync.WaitGroup
	var done, seen atomic.Int64
	for round := 1; round <= 3; round++ {
		wg.Add(50)
		for w := 0; w < 3; w++ {
			waiters.Add(1)
			go func() {
				defer waiters.Done()
				wg.Wait()
				seen.Add(done.Load())
			}()
		}
		for i := 0; i < 50; i++ {
			go func() {
				done.Add(1)
				wg.Done()
			}()
		}
		waiters.Wait()
		fmt.Println(round, done.Load(), seen.Load())
	}
	defer func() { fmt.Println("recovered:", recover()) }()
	wg.Done()
}
