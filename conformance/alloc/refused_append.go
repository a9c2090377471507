// run
// exit: 2

// The same when a slice grows.
package main

var sink []byte

func main() {
	sink = make([]byte, 1<<20)
	n := 1 << 40
	sink = append(sink, make([]byte, n)...)
	println("made")
}
