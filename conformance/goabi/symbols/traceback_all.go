// run
// exit: 2
// env: GOTRACEBACK=all

// GOTRACEBACK=all shows the other goroutines too, the one at fault first.
package main

import "runtime"

func waiter(ready chan bool, c chan int) {
	ready <- true
	<-c
}

func main() {
	runtime.GOMAXPROCS(1)
	ready, c := make(chan bool), make(chan int)
	for i := 0; i < 2; i++ {
		go waiter(ready, c)
	}
	<-ready
	<-ready
	for i := 0; i < 3; i++ {
		runtime.Gosched()
	}
	panic("with company")
}
