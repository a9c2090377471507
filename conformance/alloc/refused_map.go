// run
// exit: 2

// A map's hint that no machine has the memory for is refused when the map is made, as a whole.
package main

var sink map[int]int

func main() {
	n := 1 << 36
	sink = make(map[int]int, n)
	println("made")
}
