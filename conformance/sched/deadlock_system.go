// run
// exit: 2
// env: GOTRACEBACK=system

// With GOTRACEBACK=system the report of a deadlock begins with the stack on which it was found, and shows frames of the runtime.
package main

//go:noinline
func wait(c chan int) { <-c }

func main() {
	wait(make(chan int))
}
