// run
// exit: 2

// When main has left by Goexit and no other goroutine can run, that is fatal.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	defer fmt.Println("deferred by main")
	said := make(chan bool)
	go func() {
		fmt.Println("last words of a goroutine")
		said <- true
	}()
	<-said
	runtime.Goexit()
}
