// run
// stress

// Stacks grow, are interrupted at their deepest and on the way, and shrink while collections go on: pointers into them stay right.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

//go:noinline
func deep(n int, p *int) int {
	var pad [40]int
	q := &pad[n%40]
	*q = n
	if n == 0 {
		for i := 0; i < 200_000; i++ {
			*p ^= i
		}
		return *p
	}
	r := deep(n-1, q) + *q
	for i := 0; i < 2000; i++ {
		*p += i & *q
	}
	return r
}

func run() int {
	x := 1
	return deep(120, &x) + x
}

func main() {
	want := run()
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
		}
		ended <- true
	}()
	var wg sync.WaitGroup
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 5; i++ {
				if got := run(); got != want {
					panic(fmt.Sprint("damaged: ", got, " want ", want))
				}
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
	stop.Store(true)
	<-ended
	fmt.Println(want)
}
