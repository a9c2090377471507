// run
// exit: 2

// An empty select has no cases to wait for.
package main

func main() {
	println("before")
	select {}
}
