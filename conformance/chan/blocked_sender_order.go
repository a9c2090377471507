// run
// gomaxprocs: 2
// stress

// Senders that wait on a full channel are served in the order in which they came.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	c := make(chan int, 2)
	c <- -2
	c <- -1
	for i := 0; i < 5; i++ {
		started := make(chan bool)
		go func(i int) {
			close(started)
			c <- i
		}(i)
		<-started
		for j := 0; j < 3; j++ {
			runtime.Gosched()
		}
	}
	for i := 0; i < 7; i++ {
		fmt.Print(<-c, " ")
	}
	fmt.Println(len(c))

	// The same for receivers.
	out := make(chan string, 5)
	in := make(chan int)
	for i := 0; i < 5; i++ {
		started := make(chan bool)
		go func(i int) {
			close(started)
			v := <-in
			out <- fmt.Sprint(i, "<-", v)
		}(i)
		<-started
		for j := 0; j < 3; j++ {
			runtime.Gosched()
		}
	}
	for v := 0; v < 5; v++ {
		in <- v * 10
		fmt.Println(<-out)
	}
}
