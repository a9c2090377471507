// run
// exit: 2

// As refused_slice, with pointers, and near the end of the address space.
package main

var sink []*int

func main() {
	n := 1 << 43
	sink = make([]*int, n)
	println("made")
}
