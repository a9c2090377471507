// run -gcflags=-d=checkptr
// exit: 2

// Built with -d=checkptr, a program that makes a pointer to pointers that is not aligned ends there.
package main

import "unsafe"

var sink any

func main() {
	p := make([]byte, 32)
	sink = p
	sink = (**int)(unsafe.Pointer(&p[1]))
}
