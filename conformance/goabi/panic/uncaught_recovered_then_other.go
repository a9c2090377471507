// run
// exit: 2

// A recovered panic leaves no trace in the report of a later one.
package main

import "fmt"

func quiet() {
	defer func() { fmt.Println("recovered", recover()) }()
	panic("gone")
}

func main() {
	defer func() {
		quiet()
		fmt.Println("the outer one goes on")
	}()
	panic("stays")
}
