// run

// AfterFunc runs its function on a goroutine of its own, and may be stopped or reset.
package main

import (
	"fmt"
	"time"
)

func main() {
	c := make(chan string)
	time.AfterFunc(10*time.Millisecond, func() { c <- "ran" })
	fmt.Println(<-c)

	// The function may block without delaying other timers.
	block := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { <-block; c <- "released" })
	time.AfterFunc(5*time.Millisecond, func() { c <- "not delayed" })
	fmt.Println(<-c)
	close(block)
	fmt.Println(<-c)

	t := time.AfterFunc(time.Hour, func() { c <- "after a reset" })
	fmt.Println(t.Reset(time.Millisecond), t.C == nil)
	fmt.Println(<-c)

	n := 0
	var again *time.Timer
	ready := make(chan bool)
	again = time.AfterFunc(time.Hour, func() {
		<-ready
		if n++; n == 5 {
			c <- fmt.Sprint("ran ", n, " times")
			return
		}
		again.Reset(time.Microsecond)
	})
	close(ready)
	again.Reset(0)
	fmt.Println(<-c)
	t = time.AfterFunc(time.Hour, func() { c <- "never" })
	fmt.Println(t.Stop(), t.Stop())
}
