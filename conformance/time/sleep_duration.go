// run

// Sleep takes at least its time; zero and negative durations return at once.
package main

import (
	"fmt"
	"time"
)

func main() {
	for _, d := range []time.Duration{1, time.Microsecond, time.Millisecond, 25 * time.Millisecond} {
		start := time.Now()
		time.Sleep(d)
		fmt.Println(d, time.Since(start) >= d)
	}
	start := time.Now()
	for i := 0; i < 1000; i++ {
		time.Sleep(0)
		time.Sleep(-time.Hour)
	}
	fmt.Println(time.Since(start) < 5*time.Second)
}
