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

func started() []int {
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
	return order
}

func yielding() []int {
	order := make([]int, 0, 8)
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
	return order
}

// A goroutine that begins when a busy machine gives the process its processor back after a time slice is asked to yield at once. That happens
// once in a while, not each time.
func show(f func() []int, want string) {
	var got string
	for i := 0; i < 20 && got != want; i++ {
		got = fmt.Sprint(f())
	}
	fmt.Println(got)
}

func main() {
	show(started, "[7 0 1 2 3 4 5 6]")
	show(yielding, "[3 0 1 2 13 10 11 12]")
}
