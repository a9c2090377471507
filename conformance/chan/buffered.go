// run
// stress

// A buffered channel is a queue: order, length, capacity, wrap-around.
package main

import "fmt"

func main() {
	c := make(chan int, 5)
	fmt.Println(len(c), cap(c))
	next, expect := 0, 0
	for round := 1; round <= 20; round++ {
		for i := 0; i < round%6; i++ {
			if len(c) < cap(c) {
				c <- next
				next++
			}
		}
		for i := 0; i < (round+2)%4 && len(c) > 0; i++ {
			if v := <-c; v != expect {
				fmt.Println("out of order", v, expect)
			}
			expect++
		}
	}
	fmt.Println(next, expect, len(c))

	// Values stay when the channel is closed.
	close(c)
	rest := 0
	for v := range c {
		if v != expect {
			fmt.Println("out of order", v, expect)
		}
		expect++
		rest++
	}
	v, ok := <-c
	fmt.Println(next == expect, rest > 0, v, ok)
}
