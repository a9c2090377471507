// run
// exit: 2

// panic(nil) is a run-time error of its own.
package main

func main() {
	panic(nil)
}
