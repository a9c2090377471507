// run
// exit: 2

// A main goroutine that waits forever in init is a deadlock like any other.
package main

import "fmt"

var never = make(chan int)

func init() {
	fmt.Println("init waits")
	<-never
}

func main() {
	fmt.Println("not reached")
}
