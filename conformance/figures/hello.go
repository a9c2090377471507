// run

// A line by package fmt, on one thread.
package main

import "fmt"

func main() {
	fmt.Println("hello, world")
}
