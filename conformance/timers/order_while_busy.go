// run
// gomaxprocs: 2
// timeout: 20

// Timers that one goroutine has set run in the order of their times, also when several are due at once because it computed meanwhile.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	runtime.GOMAXPROCS(1)
	order := make(chan int, 10)
	for i := 9; i >= 0; i-- {
		i := i
		time.AfterFunc(time.Duration(i+1)*2*time.Millisecond, func() { order <- i })
	}
	for t := time.Now(); time.Since(t) < 30*time.Millisecond; {
	}
	seen := make([]bool, 10)
	for k := 0; k < 10; k++ {
		seen[<-order] = true
	}
	fmt.Println(seen)

	// Sleeps are in order, since each goroutine is woken by its timer. They count from one moment, and are so far apart that no two end
	// while a busy machine keeps the process waiting.
	woken := make(chan int, 5)
	begun := time.Now()
	for i := 4; i >= 0; i-- {
		go func(i int) {
			time.Sleep(time.Until(begun.Add(time.Duration(i+1) * 100 * time.Millisecond)))
			woken <- i
		}(i)
	}
	for k := 0; k < 5; k++ {
		fmt.Print(<-woken, " ")
	}
	fmt.Println()
}
