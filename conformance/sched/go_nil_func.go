// run
// exit: 2

// Starting a goroutine with a nil function is fatal at the go statement.
package main

func main() {
	var f func()
	println("before")
	go f()
	println("not reached")
}
