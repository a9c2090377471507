// run
// gomaxprocs: 4

// The world is stopped over and over while threads are being woken: those that are on their way are waited for, and no others are made.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	for i := 0; i < 16; i++ {
		c := make(chan int)
		go func() {
			for {
				c <- 1
			}
		}()
		go func() {
			for {
				<-c
			}
		}()
	}
	var m runtime.MemStats
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		runtime.ReadMemStats(&m)
		time.Sleep(20 * time.Microsecond)
	}
	threads, err := os.ReadDir("/proc/self/task")
	if n := len(threads); err != nil || n > 20 {
		fmt.Println(n, "threads", err)
	} else {
		fmt.Println("few threads")
	}
}
