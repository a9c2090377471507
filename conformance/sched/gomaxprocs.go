// run

// GOMAXPROCS changes while goroutines run; it returns the former value, and values
// below one only ask.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

func main() {
	runtime.GOMAXPROCS(3)
	fmt.Println(runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(-5), runtime.GOMAXPROCS(1), runtime.GOMAXPROCS(0))
	var count atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 100; j++ {
				count.Add(1)
				runtime.Gosched()
			}
		}()
	}
	for n := 1; n <= 8; n++ {
		old := runtime.GOMAXPROCS(n)
		fmt.Print(old, " ")
		runtime.Gosched()
	}
	for n := 8; n >= 1; n-- {
		fmt.Print(runtime.GOMAXPROCS(n), " ")
		runtime.Gosched()
	}
	fmt.Println()
	wg.Wait()
	fmt.Println(count.Load(), runtime.GOMAXPROCS(0))
}
