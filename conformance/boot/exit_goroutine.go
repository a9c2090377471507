// run
// exit: 5

// Any goroutine may end the program, while main waits.
package main

import (
	"fmt"
	"os"
)

func main() {
	ready := make(chan bool)
	go func() {
		<-ready
		fmt.Println("the goroutine exits")
		os.Exit(5)
	}()
	ready <- true
	select {}
}
