// run

// What a program says of GOMAXPROCS stays, however long it runs.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func busy(d time.Duration) (n int) {
	for t := time.Now(); time.Since(t) < d; n++ {
	}
	return n
}

func main() {
	for _, n := range []int{3, 1, 5} {
		before := runtime.GOMAXPROCS(n)
		done := make(chan bool)
		for i := 0; i < n; i++ {
			go func() {
				busy(120 * time.Millisecond)
				done <- true
			}()
		}
		for i := 0; i < n; i++ {
			<-done
		}
		fmt.Println(before > 0, runtime.GOMAXPROCS(0))
	}
}
