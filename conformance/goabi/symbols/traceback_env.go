// run
// exit: 2
// env: GOTRACEBACK=none

// GOTRACEBACK=none leaves the message alone.
package main

func main() {
	defer func() {
		panic("second")
	}()
	panic("first")
}
