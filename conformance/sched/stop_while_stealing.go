// run
// gomaxprocs: 2,4

// A thread that searches gives the goroutine that a running processor is to run next some time, and its processor can be taken from it
// meanwhile, by a stop of the world. It still owes the others what a searcher owes: to sleep for the timers of all when nothing is left to
// do. (The program once slept for ever.)
package main

import (
	"fmt"
	"runtime"
	"time"
)

func busy(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

func main() {
	var m runtime.MemStats
	for i := 0; i < 4000; i++ {
		c, done := make(chan int), make(chan int)
		go func() {
			<-c
			done <- 1
		}()
		go func() {
			c <- 1 // readies the other, to be run next here
			busy(time.Duration(i%50) * time.Microsecond)
			done <- 2
		}()
		busy(time.Duration(i%30) * time.Microsecond)
		runtime.ReadMemStats(&m)
		if i%2 == 0 {
			<-done
			<-done
			time.Sleep(20 * time.Microsecond)
		} else {
			time.Sleep(100 * time.Microsecond)
			<-done
			<-done
		}
	}
	fmt.Println("awake")
}
