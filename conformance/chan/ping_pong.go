// run
// stress

// Two goroutines hand a value to and fro, over one channel and over two.
package main

import "fmt"

func main() {
	table := make(chan int)
	done := make(chan string, 2)
	player := func(name string, limit int) {
		hits := 0
		for ball := range table {
			hits++
			if ball == limit {
				close(table)
				break
			}
			table <- ball + 1
		}
		done <- fmt.Sprint(hits > 0)
	}
	go player("a", 1000)
	go player("b", 1000)
	table <- 0
	fmt.Println(<-done, <-done)

	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v * 2
		}
		close(pong)
	}()
	sum := 0
	for i := 0; i < 500; i++ {
		ping <- i
		sum += <-pong
	}
	close(ping)
	_, ok := <-pong
	fmt.Println(sum, ok)
}
