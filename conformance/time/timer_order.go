// run
// gomaxprocs: 1

// Timers set in any order fire in the order of their times.
package main

import (
	"fmt"
	"time"
)

func main() {
	const n = 100
	fired := make(chan int, n)
	base := time.Now().Add(30 * time.Millisecond)
	for i := 0; i < n; i++ {
		k := i * 37 % n
		at := base.Add(time.Duration(k) * 100 * time.Microsecond)
		go func() {
			t := time.NewTimer(time.Until(at))
			now := <-t.C
			if now.Before(at) {
				fired <- -1
			}
			fired <- k
		}()
	}
	early, count := 0, 0
	for count < n {
		if k := <-fired; k < 0 {
			early++
		} else {
			count++
		}
	}
	fmt.Println("early:", early, "fired:", count)

	// Far apart, so that the order of the arrivals is that of the times.
	order := make(chan int, 5)
	for _, ms := range []int{80, 5, 55, 30, 105} {
		ms := ms
		time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { order <- ms })
	}
	for i := 0; i < 5; i++ {
		fmt.Print(<-order, " ")
	}
	fmt.Println()
}
