// run
// exit: 2
// env: GOTRACEBACK=none

// debug.SetTraceback raises what the environment asks for; PrintStack writes to
// standard error whatever it is.
package main

import "runtime/debug"

func report() {
	debug.PrintStack()
}

func main() {
	report()
	debug.SetTraceback("single")
	panic("a stack follows all the same")
}
