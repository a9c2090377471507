// run
// exit: 2
// env: GOTRACEBACK=none

// A goroutine that is not parked cannot be made ready.
package main

import "unsafe"

//go:linkname gopark runtime.gopark
func gopark(unlockf func(uintptr, unsafe.Pointer) bool, lock unsafe.Pointer, reason uint8, traceEv byte, traceskip int)

//go:linkname goready runtime.goready
func goready(gp uintptr, traceskip int)

func main() {
	var me uintptr
	gopark(func(g uintptr, _ unsafe.Pointer) bool { me = g; return false }, nil, 9, 24, 0)
	goready(me, 0)
}
