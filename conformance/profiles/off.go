// run

// With the profile of mutexes off, contention leaves nothing in it.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			mu.Lock()
			time.Sleep(time.Millisecond)
			mu.Unlock()
			wg.Done()
		}()
	}
	wg.Wait()
	fmt.Println(runtime.MutexProfile(nil))
	fmt.Println(runtime.BlockProfile(nil))
}
