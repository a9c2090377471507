// run
// exit: 3

// A program may end before main begins.
package main

import (
	"fmt"
	"os"
)

func init() {
	fmt.Println("init")
	os.Exit(3)
}

func main() {
	fmt.Println("not reached")
}
