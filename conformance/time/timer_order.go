// run
// gomaxprocs: 1

// Timers set in any order fire in the order of their times, and none before its time.
package main

import (
	"fmt"
	"time"
)

// inOrder sets timers ten milliseconds apart and reports whether they fired so; a busy
// machine may delay one, so it is asked several times.
func inOrder() bool {
	fired := make(chan int, 5)
	for _, k := range []int{4, 1, 3, 2, 5} {
		k := k
		time.AfterFunc(time.Duration(k)*10*time.Millisecond, func() { fired <- k })
	}
	for k := 1; k <= 5; k++ {
		if <-fired != k {
			return false
		}
	}
	return true
}

func main() {
	const n = 100
	fired := make(chan int, 2*n)
	base := time.Now().Add(20 * time.Millisecond)
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

	ok := false
	for i := 0; i < 50 && !ok; i++ {
		ok = inOrder()
	}
	fmt.Println("in order:", ok)
}
