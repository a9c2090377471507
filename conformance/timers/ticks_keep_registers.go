// run

// A timer's function runs between two goroutines on a thread: whatever the thread
// was about to do goes on unharmed, thousands of times over.
package main

import (
	"fmt"
	"time"
)

func main() {
	tick := time.NewTicker(10 * time.Microsecond)
	defer tick.Stop()
	seen := 0
	for range tick.C {
		if seen++; seen == 2000 {
			break
		}
	}
	fmt.Println("ticks:", seen)

	fired := make(chan int, 100)
	for i := 0; i < 100; i++ {
		time.AfterFunc(time.Duration(i%7)*10*time.Microsecond, func() { fired <- i })
	}
	for i := 0; i < 100; i++ {
		<-fired
	}
	fmt.Println("fired: 100")
}
