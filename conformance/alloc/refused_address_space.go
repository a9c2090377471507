// run
// exit: 2

// What exceeds the address space is refused with the size that was asked for and that in use.
package main

var sink []byte

func main() {
	n := 1 << 47
	sink = make([]byte, n)
	println("made")
}
