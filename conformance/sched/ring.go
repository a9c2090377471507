// run

// A token goes round a ring of goroutines.
package main

import "fmt"

func main() {
	const n = 503
	first := make(chan int)
	in := first
	winner := make(chan int)
	for i := 1; i <= n; i++ {
		out := make(chan int)
		if i == n {
			out = first
		}
		go func(i int, in <-chan int, out chan<- int) {
			for token := range in {
				if token == 0 {
					winner <- i
					return
				}
				out <- token - 1
			}
		}(i, in, out)
		in = out
	}
	first <- 5000
	fmt.Println(<-winner)
}
