// run
// exit: 2

// A panic in any goroutine ends the program, whatever main defers.
package main

import "fmt"

func worker(id int, done chan bool) {
	if id == 3 {
		panic(fmt.Sprintf("worker %d gave up", id))
	}
	done <- true
}

func main() {
	defer fmt.Println("not reached")
	defer func() { recover() }()
	done := make(chan bool)
	for i := 0; i < 3; i++ {
		go worker(i, done)
		<-done
	}
	fmt.Println("three are done")
	go worker(3, done)
	<-done
}
