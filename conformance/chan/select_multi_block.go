// run
// stress

// A goroutine that waits on many channels at once leaves all queues when one of them
// wakes it.
package main

import "fmt"

func main() {
	var c [4]chan int
	for i := range c {
		c[i] = make(chan int)
	}
	got := make(chan int)
	go func() {
		for round := 0; round < 400; round++ {
			var v int
			select {
			case v = <-c[0]:
			case v = <-c[1]:
			case v = <-c[2]:
			case v = <-c[3]:
			}
			got <- v
		}
		close(got)
	}()
	sum := 0
	for round := 0; round < 400; round++ {
		c[round*7%4] <- round
		v := <-got
		if v != round {
			fmt.Println("stale value", v, "in round", round)
		}
		sum += v
	}
	_, open := <-got
	for i := range c {
		select {
		case c[i] <- 1:
			fmt.Println("somebody still waits on", i)
		default:
		}
	}
	fmt.Println(sum, open)
}
