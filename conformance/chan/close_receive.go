// run

// Receiving from a closed channel: first what is left, then zero values forever.
package main

import "fmt"

type pair struct {
	n int
	s string
}

func main() {
	c := make(chan pair, 3)
	c <- pair{1, "one"}
	c <- pair{2, "two"}
	close(c)
	for i := 0; i < 4; i++ {
		v, ok := <-c
		fmt.Println(v, ok, len(c))
	}
	var v pair = pair{9, "nine"}
	v = <-c
	fmt.Printf("%+v\n", v)

	u := make(chan *int)
	close(u)
	p, ok := <-u
	fmt.Println(p == nil, ok)
	n := 0
	for range u {
		n++
	}
	fmt.Println(n)

	// The variable of a receive is set to zero too, when the channel is closed.
	e := make(chan error)
	close(e)
	err := fmt.Errorf("old")
	err, ok = <-e
	fmt.Println(err, ok)
	<-e
}
