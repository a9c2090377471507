// run
// exit: 2

// A program that needs more threads than SetMaxThreads allows ends.

package main

import (
	"runtime"
	"runtime/debug"
)

func main() {
	debug.SetMaxThreads(20)
	for i := 0; i < 100; i++ {
		ready := make(chan bool)
		go func() {
			runtime.LockOSThread()
			close(ready)
			select {}
		}()
		<-ready
	}
	println("not reached")
}
