// run
// exit: 2

// No goroutine can ever send: the deadlock is reported with what main waits for.
package main

import "fmt"

func wait(c chan int) int {
	return <-c
}

func main() {
	fmt.Println("about to wait")
	wait(make(chan int))
}
