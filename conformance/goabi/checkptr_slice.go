// run -gcflags=-d=checkptr
// exit: 2

// Built with -d=checkptr, a program that makes a slice out of a smaller object ends there.
package main

import "unsafe"

var sink any

func main() {
	p := new(uint64)
	sink = p
	sink = unsafe.Slice(p, 1<<20)
}
