// run
// exit: 2

// An uncaught value of a basic type is printed with its type.
package main

func main() {
	panic(-42)
}
