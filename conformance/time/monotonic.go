// run

// The clock never runs backwards, on one goroutine or from one to the next.
package main

import (
	"fmt"
	"time"
)

func main() {
	start := time.Now()
	back := 0
	last := start
	for i := 0; i < 20000; i++ {
		now := time.Now()
		if now.Sub(last) < 0 {
			back++
		}
		last = now
	}
	c := make(chan time.Time)
	for i := 0; i < 100; i++ {
		go func(before time.Time) {
			if time.Since(before) < 0 {
				back++
			}
			c <- time.Now()
		}(time.Now())
		if time.Since(<-c) < 0 {
			back++
		}
	}
	fmt.Println("backwards:", back)
	fmt.Println(start.Year() >= 2020, !time.Now().Before(start))
	// Round drops the monotonic reading, which String would show.
	fmt.Println(start.Round(0).Equal(start), start.Round(0) == start)
}
