// run

// The first program everybody writes.
package main

import "fmt"

func main() {
	fmt.Println("hello, world")
}
