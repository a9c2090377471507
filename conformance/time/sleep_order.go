// run

// Sleepers wake in the order of their times, not in the order of their starts.
package main

import (
	"fmt"
	"time"
)

func main() {
	c := make(chan int)
	for _, ms := range []int{150, 30, 90, 0, 60, 120} {
		go func(ms int) {
			time.Sleep(time.Duration(ms) * time.Millisecond)
			c <- ms
		}(ms)
	}
	last, ordered := -1, true
	for i := 0; i < 6; i++ {
		ms := <-c
		ordered = ordered && ms > last
		last = ms
	}
	fmt.Println(ordered, last)
}
