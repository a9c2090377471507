// run
// env: GODEBUG=cgocheck=2
// exit: 2

// A setting that no longer exists is refused when the program starts.
package main

func main() { println("not reached") }
