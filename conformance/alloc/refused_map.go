// run
// exit: 2

//go:build amd64

// A map's hint that no machine has the memory for is refused when the map is made, as a whole.
// Not under qemu-user, which walks all pages of a mapping that it is asked for, with either runtime.
package main

var sink map[int]int

func main() {
	n := 1 << 36
	sink = make(map[int]int, n)
	println("made")
}
