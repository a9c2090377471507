// run
// stress

// Goroutines that start goroutines, from every processor, faster than they end.
package main

import (
	"fmt"
	"sync/atomic"
)

func tree(n int, leaves *atomic.Int64, done chan<- bool) {
	if n == 0 {
		if leaves.Add(1) == 1<<10 {
			done <- true
		}
		return
	}
	go tree(n-1, leaves, done)
	go tree(n-1, leaves, done)
}

func chain(n int, c chan<- int) {
	if n == 0 {
		c <- 1
		return
	}
	go chain(n-1, c)
}

func main() {
	var leaves atomic.Int64
	done := make(chan bool)
	go tree(10, &leaves, done)
	<-done
	fmt.Println(leaves.Load())
	c := make(chan int)
	for i := 0; i < 50; i++ {
		go chain(40, c)
	}
	sum := 0
	for i := 0; i < 50; i++ {
		sum += <-c
	}
	fmt.Println(sum)
	// More than a processor's queue holds, all runnable at once.
	var ran atomic.Int64
	for i := 0; i < 1000; i++ {
		go func() {
			if ran.Add(1) == 1000 {
				done <- true
			}
		}()
	}
	<-done
	fmt.Println(ran.Load())
}
