// run

// Gosched lets others run; everyone gets on.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

func main() {
	var turn atomic.Int64
	const n, rounds = 5, 40
	done := make(chan int)
	for id := 0; id < n; id++ {
		go func(id int) {
			waited := 0
			for round := 0; round < rounds; round++ {
				for turn.Load()%n != int64(id) {
					waited++
					runtime.Gosched()
				}
				turn.Add(1)
			}
			done <- id
		}(id)
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-done
	}
	fmt.Println(turn.Load(), sum)
}
