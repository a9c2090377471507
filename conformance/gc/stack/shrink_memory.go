// run

// Memory of stacks that were large once comes back: collections shrink what idle goroutines have, and free
// what finished ones had.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

//go:noinline
func deep(n int) int {
	var pad [32]int
	pad[n%32] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + pad[n%32]
}

func stacks() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.StackInuse)
}

func main() {
	const n = 100
	var ready, wg sync.WaitGroup
	gate := make(chan bool)
	runtime.GC()
	base := stacks()
	wrong := make(chan int, n)
	for i := 0; i < n; i++ {
		ready.Add(1)
		wg.Add(1)
		go func() {
			defer wg.Done()
			if deep(300) != 300*301/2 {
				wrong <- 1
			}
			ready.Done()
			<-gate
			if deep(300) != 300*301/2 {
				wrong <- 2
			}
		}()
	}
	ready.Wait()
	large := stacks() - base
	for i := 0; i < 12; i++ {
		runtime.GC()
	}
	shrunk := stacks() - base
	fmt.Println("large:", large > n*64<<10, "shrunk:", shrunk < large/8)
	close(gate)
	wg.Wait()
	for i := 0; i < 12; i++ {
		runtime.GC()
	}
	fmt.Println("gone:", stacks()-base < large/8, "wrong:", len(wrong))
}
