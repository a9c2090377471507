// run
// stderr

// println needs nothing but the runtime and goes to standard error.
package main

var x = func() int { println("var"); return 42 }()

func init() { println("init", x) }

func main() {
	println("main", x+1)
}
