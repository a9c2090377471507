// run
// exit: 2

//go:build amd64

// A slice that no machine has the memory for is refused when it is made, not when it is touched.
// Not under qemu-user, which walks all pages of a mapping that it is asked for, with either runtime.
package main

var sink []byte

func main() {
	n := 1 << 40
	sink = make([]byte, n)
	println("made")
}
