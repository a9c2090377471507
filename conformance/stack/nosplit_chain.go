// run
// refused: nosplit stack over 792 byte limit

// Functions without a stack check, one calling the other: together they take too much.
package main

import "unsafe"

//go:nosplit
//go:noinline
func inner(k int, p *unsafe.Pointer) int {
	var b [50]int
	b[k&7] = k
	*p = nil
	return b[1]
}

//go:nosplit
//go:noinline
func outer(k int, p *unsafe.Pointer) int {
	var b [50]int
	b[k&7] = inner(k, p)
	return b[1]
}

func main() { println(outer(1, new(unsafe.Pointer))) }
