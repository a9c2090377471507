// run
// stress

// Pairs of goroutines hand a counter to and fro, many pairs at a time, over unbuffered and buffered
// channels.
package main

import "fmt"

func pair(capacity, rounds int, done chan<- int) {
	there, back := make(chan int, capacity), make(chan int, capacity)
	go func() {
		for v := range there {
			back <- v + 1
		}
		close(back)
	}()
	v := 0
	for i := 0; i < rounds; i++ {
		there <- v
		v = <-back
	}
	close(there)
	if _, ok := <-back; ok {
		panic("an element too many")
	}
	done <- v
}

func main() {
	const pairs, rounds = 40, 150
	for capacity := 0; capacity < 3; capacity++ {
		done := make(chan int)
		for i := 0; i < pairs; i++ {
			go pair(capacity, rounds, done)
		}
		sum := 0
		for i := 0; i < pairs; i++ {
			sum += <-done
		}
		fmt.Println(capacity, sum)
	}
}
