// run
// exit: 2

//go:build amd64

// The same when a slice grows.
// Not under qemu-user, which walks all pages of a mapping that it is asked for, with either runtime.
package main

var sink []byte

func main() {
	sink = make([]byte, 1<<20)
	n := 1 << 40
	sink = append(sink, make([]byte, n)...)
	println("made")
}
