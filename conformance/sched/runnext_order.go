// run
// env: GOGC=off
// gomaxprocs: 1

// With one processor: the goroutine started last runs first, the others in the order
// in which they were started.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	// With room for all: growing a slice is a place to yield, on a slow machine.
	order := make([]int, 0, 8)
	done := make(chan bool)
	for i := 0; i < 8; i++ {
		go func(i int) {
			order = append(order, i)
			done <- true
		}(i)
	}
	for i := 0; i < 8; i++ {
		<-done
	}
	fmt.Println(order)

	order = make([]int, 0, 8)
	for i := 0; i < 4; i++ {
		go func(i int) {
			order = append(order, i)
			runtime.Gosched()
			order = append(order, i+10)
		}(i)
	}
	for len(order) < 8 {
		runtime.Gosched()
	}
	fmt.Println(order)
}
