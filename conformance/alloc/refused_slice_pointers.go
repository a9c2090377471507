// run
// exit: 2

//go:build amd64

// As refused_slice, with pointers, and near the end of the address space.
// Not under qemu-user, which walks all pages of a mapping that it is asked for, with either runtime.
package main

var sink []*int

func main() {
	n := 1 << 43
	sink = make([]*int, n)
	println("made")
}
