// run

// Goroutines that start goroutines, and join them by channels: a parallel sum.
package main

import "fmt"

func sum(lo, hi int, out chan<- int) {
	if hi-lo <= 10 {
		s := 0
		for i := lo; i < hi; i++ {
			s += i
		}
		out <- s
		return
	}
	mid := (lo + hi) / 2
	parts := make(chan int)
	go sum(lo, mid, parts)
	go sum(mid, hi, parts)
	out <- <-parts + <-parts
}

func main() {
	out := make(chan int)
	for _, n := range []int{5, 100, 20_000} {
		go sum(0, n, out)
		fmt.Println(n, <-out)
	}
}
