// run
// gomaxprocs: 1

// With one processor: the goroutine started last runs first, the others in the order
// in which they were started.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	var order []int
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

	order = nil
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
