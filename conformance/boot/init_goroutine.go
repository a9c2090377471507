// run

// init functions may start goroutines and wait for what they send; a goroutine
// started in init may also outlive it.
package main

import "fmt"

var squares = compute()

var later = make(chan string)

func compute() []int {
	c := make(chan int)
	go func() {
		for i := 1; i <= 5; i++ {
			c <- i * i
		}
		close(c)
	}()
	var all []int
	for v := range c {
		all = append(all, v)
	}
	return all
}

func init() {
	fmt.Println("squares", squares)
	go func() {
		later <- "sent by a goroutine of init"
	}()
}

func main() {
	fmt.Println(<-later)
}
