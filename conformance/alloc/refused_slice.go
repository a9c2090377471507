// run
// exit: 2

// A slice that no machine has the memory for is refused when it is made, not when it is touched.
package main

var sink []byte

func main() {
	n := 1 << 40
	sink = make([]byte, n)
	println("made")
}
