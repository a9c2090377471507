// run
// exit: 2

// A panic in init ends the program before main, and the traceback names the init.
package main

import "fmt"

func init() {
	fmt.Println("this init is fine")
}

func init() {
	defer fmt.Println("deferred in init")
	panic("init went wrong")
}

func main() {
	fmt.Println("not reached")
}
