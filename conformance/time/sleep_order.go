// run

// Sleepers wake in the order of their times, not in the order of their starts. A busy
// machine may delay one of them by more than the difference, so there are several
// attempts; an order by starts would never come out right.
package main

import (
	"fmt"
	"time"
)

func attempt() bool {
	c := make(chan int, 6)
	for _, ms := range []int{50, 10, 30, 0, 20, 40} {
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
	return ordered
}

func main() {
	for i := 0; i < 50; i++ {
		if attempt() {
			fmt.Println("in the order of their times")
			return
		}
	}
	fmt.Println("never in the order of their times")
}
