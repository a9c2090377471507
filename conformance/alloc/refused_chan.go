// run
// exit: 2

//go:build amd64

// A channel's buffer that no machine has the memory for is refused when the channel is made.
// Not under qemu-user, which walks all pages of a mapping that it is asked for, with either runtime.
package main

var sink chan [1 << 10]int

func main() {
	n := 1 << 30
	sink = make(chan [1 << 10]int, n)
	println("made")
}
