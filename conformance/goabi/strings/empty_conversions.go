// run

// Slices of empty strings have no room: what is appended to one is not seen by another.
package main

import "fmt"

var (
	empty string
	runes []rune
	bytes []byte
)

func main() {
	runes, bytes = []rune(empty), []byte(empty)
	fmt.Println(len(runes), cap(runes), runes == nil, len(bytes), cap(bytes), bytes == nil)
	a, b := append(runes, 'a'), append(runes, 'b')
	c, d := append(bytes, 'c'), append(bytes, 'd')
	fmt.Println(string(a), string(b), string(c), string(d))
	for n := 1; n < 4; n++ {
		s := "abc"[:n]
		runes, bytes = []rune(s), []byte(s)
		fmt.Println(cap(runes), cap(bytes))
	}
	var none []int
	fmt.Println(append(none, none...) == nil, append([]byte(nil), empty...) == nil, append([]byte{}, empty...) == nil)
}
