// run
// exit: 7

// os.Exit ends the program with its code and runs no deferred calls.
package main

import (
	"fmt"
	"os"
)

func main() {
	defer fmt.Println("deferred calls are not run")
	fmt.Println("leaving")
	func() {
		defer func() {
			fmt.Println("this one had its turn")
		}()
	}()
	os.Exit(7)
}
