// run

// NumGoroutine counts those that were started and have not ended.
package main

import (
	"fmt"
	"runtime"
)

// settle waits until n goroutines are left: one that has sent its last value may
// still be on its way out.
func settle(n int) int {
	for runtime.NumGoroutine() != n {
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}

func main() {
	fmt.Println(runtime.NumGoroutine())
	stop := make(chan bool)
	for i := 0; i < 10; i++ {
		go func() { <-stop }()
	}
	fmt.Println(runtime.NumGoroutine())
	for i := 0; i < 4; i++ {
		stop <- true
	}
	fmt.Println(settle(7))
	close(stop)
	fmt.Println(settle(1))
}
