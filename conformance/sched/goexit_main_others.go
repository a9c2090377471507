// run
// exit: 4

// Main leaves by Goexit; the others go on until one of them ends the program.
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	c := make(chan int)
	gone := make(chan bool)
	go func() {
		<-gone
		sum := 0
		for v := range c {
			sum += v
		}
		fmt.Println("sum", sum)
		os.Exit(4)
	}()
	go func() {
		for i := 0; i < 10; i++ {
			c <- i
			runtime.Gosched()
		}
		close(c)
	}()
	defer close(gone)
	runtime.Goexit()
}
