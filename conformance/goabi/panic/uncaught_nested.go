// run
// exit: 2

// A panic in a deferred call on top of a panic: both are printed, the older first.
package main

import "errors"

func inner() {
	defer func() {
		panic(errors.New("second"))
	}()
	panic("first")
}

func main() {
	defer func() {
		defer func() {
			panic(3)
		}()
	}()
	inner()
}
