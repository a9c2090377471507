// run
// exit: 2

// A traceback of a deep stack shows the top and the bottom and leaves out the middle.
package main

//go:noinline
func down(n int) {
	if n == 0 {
		panic("at the bottom")
	}
	down(n - 1)
}

func main() {
	down(300)
}
