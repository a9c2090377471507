// run

// When several cases are ready none is starved.
package main

import "fmt"

func main() {
	const n = 2000
	var chans [5]chan int
	for i := range chans {
		chans[i] = make(chan int, n)
		for j := 0; j < n; j++ {
			chans[i] <- j
		}
	}
	var taken [5]int
	for i := 0; i < n; i++ {
		select {
		case <-chans[0]:
			taken[0]++
		case <-chans[1]:
			taken[1]++
		case <-chans[2]:
			taken[2]++
		case <-chans[3]:
			taken[3]++
		case <-chans[4]:
			taken[4]++
		}
	}
	total := 0
	for i, k := range taken {
		total += k
		// The mean is 400, the standard deviation 18.
		if k < 250 || k > 550 {
			fmt.Println("case", i, "was taken", k, "times")
		}
	}
	fmt.Println(total)

	// The same channel in two cases.
	c := make(chan int, n)
	for j := 0; j < n; j++ {
		c <- j
	}
	first := 0
	for j := 0; j < n; j++ {
		select {
		case <-c:
			first++
		case <-c:
		}
	}
	fmt.Println(first > n/4 && first < n*3/4)
}
