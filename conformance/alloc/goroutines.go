// run
// stress

// Many goroutines allocate at once; none gets memory of another.
package main

import "fmt"

type cell struct {
	owner, serial int
	next          *cell
	data          []byte
}

func fill(owner int, done chan<- int) {
	var head *cell
	for i := 0; i < 500; i++ {
		head = &cell{owner, i, head, make([]byte, 1+i%300)}
		for j := range head.data {
			if head.data[j] != 0 {
				done <- -1
				return
			}
			head.data[j] = byte(owner)
		}
	}
	good := 0
	for c := head; c != nil; c = c.next {
		ok := c.owner == owner
		for _, b := range c.data {
			ok = ok && b == byte(owner)
		}
		if ok {
			good++
		}
	}
	done <- good
}

func main() {
	done := make(chan int)
	const n = 20
	for i := 1; i <= n; i++ {
		go fill(i, done)
	}
	total := 0
	for i := 0; i < n; i++ {
		total += <-done
	}
	fmt.Println(total)
}
