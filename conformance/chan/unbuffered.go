// run
// stress

// An unbuffered channel passes values one by one, and the sender goes on only when
// the receiver has the value.
package main

import "fmt"

func main() {
	c := make(chan int)
	var got int
	ack := make(chan bool)
	go func() {
		got = <-c
		ack <- true
	}()
	c <- 7
	<-ack
	fmt.Println(got, len(c), cap(c))

	// What was written before the send is seen after the receive, and the other way
	// round: plain variables need no further care.
	there, back := 0, 0
	answer := make(chan struct{})
	go func() {
		for v := range c {
			back = there * v
			answer <- struct{}{}
		}
		close(answer)
	}()
	wrong := 0
	for i := 1; i <= 100; i++ {
		there = i
		c <- 3
		<-answer
		if back != 3*i {
			wrong++
		}
	}
	close(c)
	_, open := <-answer
	fmt.Println(wrong, open)
}
