// run
// exit: 2

// A panic below deferred calls that Goexit runs.
package main

import "runtime"

func cleanup() {
	panic("in a deferred call of Goexit")
}

func worker() {
	defer cleanup()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		worker()
	}()
	<-done
	select {}
}
