// run
// exit: 9

// os.Exit in a deferred call ends a panicking program with its own code, in silence.
package main

import (
	"fmt"
	"os"
)

func main() {
	defer func() {
		fmt.Println("recovered", recover())
		os.Exit(9)
	}()
	defer fmt.Println("first")
	panic("quiet")
}
