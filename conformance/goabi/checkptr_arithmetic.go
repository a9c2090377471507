// run -gcflags=-d=checkptr
// exit: 2

// Built with -d=checkptr, a program that computes a pointer into the first page ends there.
package main

import "unsafe"

var sink any

func main() {
	p := new([4]uint64)
	sink = p
	sink = unsafe.Pointer(uintptr(unsafe.Pointer(p)) - uintptr(unsafe.Pointer(p)) + 1)
}
