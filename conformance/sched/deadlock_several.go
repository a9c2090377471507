// run
// exit: 2

// All goroutines wait for one another; each is listed with its reason.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	a, b := make(chan int), make(chan int)
	ready := make(chan bool)
	go func() {
		ready <- true
		b <- <-a
	}()
	<-ready
	// Let the other one reach its receive.
	for i := 0; i < 10; i++ {
		runtime.Gosched()
	}
	fmt.Println("both wait")
	<-b
}
