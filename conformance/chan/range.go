// run

// Ranging over channels: to the end, with a break, without a variable, over what was
// buffered.
package main

import "fmt"

func count(n int) <-chan int {
	c := make(chan int, n%3)
	go func() {
		defer close(c)
		for i := 0; i < n; i++ {
			c <- i
		}
	}()
	return c
}

func main() {
	for n := 0; n < 5; n++ {
		sum, times := 0, 0
		for v := range count(n) {
			sum += v
		}
		for range count(n) {
			times++
		}
		fmt.Println(n, sum, times)
	}
	c := count(10)
	for v := range c {
		if v%2 == 1 {
			continue
		}
		if v == 6 {
			break
		}
		fmt.Print(v, " ")
	}
	fmt.Println("then", <-c)

	var funcs []func() int
	for v := range count(3) {
		funcs = append(funcs, func() int { return v })
	}
	// In this version of the language the variable is one for the whole loop.
	fmt.Println(funcs[0](), funcs[1](), funcs[2]())
}
