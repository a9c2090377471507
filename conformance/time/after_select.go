// run

// Timeouts in select: the value wins when there is one, the timer when there is none.
package main

import (
	"fmt"
	"time"
)

func main() {
	c := make(chan int, 1)
	select {
	case v := <-c:
		fmt.Println("value", v)
	case <-time.After(5 * time.Millisecond):
		fmt.Println("timeout")
	}
	go func() {
		time.Sleep(5 * time.Millisecond)
		c <- 42
	}()
	select {
	case v := <-c:
		fmt.Println("value", v)
	case <-time.After(30 * time.Second):
		fmt.Println("timeout")
	}
	// The earlier of two timers.
	long := time.NewTimer(time.Hour)
	select {
	case <-long.C:
		fmt.Println("an hour")
	case <-time.After(2 * time.Millisecond):
		fmt.Println("two milliseconds")
	}
	fmt.Println(long.Stop())
	for i := 0; i < 200; i++ {
		select {
		case <-time.After(time.Duration(i) * time.Microsecond):
		case <-long.C:
		}
	}
	fmt.Println("done")
}
