// run
// exit: 2

// An uncaught value that is neither basic nor able to describe itself: type and address.
package main

type point struct{ x, y int }

func main() {
	panic(point{1, 2})
}
