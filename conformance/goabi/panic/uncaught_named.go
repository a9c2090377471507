// run
// exit: 2

// An uncaught value of a named basic type is printed with the name.
package main

type temperature float64

func main() {
	panic(temperature(-273.15))
}
