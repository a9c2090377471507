// run

// When main returns, the program ends; other goroutines are not waited for, and a
// deferred call of main still runs.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	defer fmt.Println("main's deferred call")
	started := make(chan bool)
	for i := 0; i < 4; i++ {
		go func() {
			defer fmt.Println("never printed")
			started <- true
			select {}
		}()
	}
	for i := 0; i < 4; i++ {
		<-started
	}
	fmt.Println(runtime.NumGoroutine(), "goroutines at the end")
}
