// run -gcflags=-d=checkptr
// stderr

// Built with -d=checkptr, a program that stays inside its object, which is allowed.
package main

import "unsafe"

var array [4]uint64

var sink any

func main() {
	p := new([4]uint64)
	sink = p
	q := (*uint64)(unsafe.Pointer(uintptr(unsafe.Pointer(p)) + 24))
	*q = 7
	println(p[3], len(unsafe.Slice(&array[2], 2)), array[3])
}
