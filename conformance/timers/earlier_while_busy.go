// run
// timeout: 20

// A timer that is set for an early time while a late one is known, by a goroutine that goes on computing: whoever sleeps for the late one
// is told.
package main

import (
	"fmt"
	"time"
)

//go:noinline
func inner(a *[32]int) int { return a[3] + a[5] }

//go:noinline
func work(n int) int {
	var a [32]int
	a[n&31] = n
	return inner(&a) + 1
}

func main() {
	late := time.NewTimer(time.Hour)
	defer late.Stop()
	moved := time.NewTimer(time.Hour)
	for i := 0; i < 10; i++ {
		time.Sleep(12 * time.Millisecond)
		fired := make(chan time.Time, 1)
		begun := time.Now()
		if i%2 == 0 {
			time.AfterFunc(2*time.Millisecond, func() { fired <- time.Now() })
		} else {
			moved.Reset(2 * time.Millisecond)
			go func() { fired <- <-moved.C }()
		}
		n := 0
		for len(fired) == 0 && time.Since(begun) < 10*time.Second {
			n = work(n)
		}
		select {
		case at := <-fired:
			if d := at.Sub(begun); d < 2*time.Millisecond {
				fmt.Println("after", d)
			}
		default:
			fmt.Println("never")
		}
	}
	fmt.Println("done")
}
