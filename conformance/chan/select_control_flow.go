// run

// break, continue, goto, return and labels inside select.
package main

import "fmt"

func find(c <-chan int, want int) (steps int) {
	for {
		select {
		case v, ok := <-c:
			if !ok {
				return -1
			}
			steps++
			if v == want {
				return steps
			}
		}
	}
}

func feed(n int) <-chan int {
	c := make(chan int, n)
	for i := 0; i < n; i++ {
		c <- i
	}
	close(c)
	return c
}

func main() {
	fmt.Println(find(feed(10), 4), find(feed(10), 99))
	c := feed(10)
	sum := 0
loop:
	for {
		select {
		case v := <-c:
			switch {
			case v == 2:
				continue loop
			case v == 5:
				break // leaves the switch only
			case v == 8:
				break loop
			}
			if v == 6 {
				break // leaves the select only
			}
			sum += v
		}
	}
	fmt.Println(sum)
	tries := 0
again:
	select {
	case v, ok := <-c:
		tries++
		if ok && v == 9 {
			goto again
		}
		fmt.Println(v, ok, tries)
	}
}
