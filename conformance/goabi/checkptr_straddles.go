// run -gcflags=-d=checkptr
// exit: 2

// Built with -d=checkptr, a program that makes an array out of a smaller object ends there.
package main

import "unsafe"

var sink any

func main() {
	p := new([2]uint64)
	sink = p
	sink = (*[1 << 20]uint64)(unsafe.Pointer(p))
}
