// run
// exit: 2

// A nil channel blocks forever, and the report says it was nil.
package main

func main() {
	var c chan string
	c <- "never"
}
