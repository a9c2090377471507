// run
// stress

// Stages connected by channels, with a fan-out in the middle.
package main

import (
	"fmt"
	"sync"
)

func generate(n int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for i := 1; i <= n; i++ {
			out <- i
		}
	}()
	return out
}

func apply(in <-chan int, f func(int) int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for v := range in {
			out <- f(v)
		}
	}()
	return out
}

func merge(ins ...<-chan int) <-chan int {
	out := make(chan int)
	var wg sync.WaitGroup
	wg.Add(len(ins))
	for _, in := range ins {
		go func(in <-chan int) {
			defer wg.Done()
			for v := range in {
				out <- v
			}
		}(in)
	}
	go func() { wg.Wait(); close(out) }()
	return out
}

func main() {
	square := func(v int) int { return v * v }
	inc := func(v int) int { return v + 1 }
	for v := range apply(apply(generate(5), square), inc) {
		fmt.Print(v, " ")
	}
	fmt.Println()
	source := generate(300)
	sum := 0
	for v := range merge(apply(source, square), apply(source, square), apply(source, square)) {
		sum += v
	}
	fmt.Println(sum)
	long := generate(20)
	for i := 0; i < 100; i++ {
		long = apply(long, inc)
	}
	fmt.Println(<-long, <-long)
}
