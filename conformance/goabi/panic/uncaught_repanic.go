// run
// exit: 2

// A panic that is recovered and raised again is marked as recovered.
package main

import "fmt"

func guard() {
	defer func() {
		r := recover()
		fmt.Println("saw", r)
		panic(r)
	}()
	panic("original")
}

func main() {
	defer func() {
		r := recover()
		panic(fmt.Sprint("wrapped ", r))
	}()
	guard()
}
