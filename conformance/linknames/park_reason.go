// run
// exit: 2
// env: GOTRACEBACK=all

// What a parked goroutine waits for is shown by Go's words for the number that gopark was given.
package main

import (
	"time"
	"unsafe"
)

//go:linkname gopark runtime.gopark
func gopark(unlockf func(uintptr, unsafe.Pointer) bool, lock unsafe.Pointer, reason uint8, traceEv byte, traceskip int)

//go:noinline
func wait(reason uint8) {
	gopark(nil, nil, reason, 0, 0)
}

func main() {
	for _, reason := range []uint8{9, 14, 18, 20, 31} {
		go wait(reason)
		time.Sleep(20 * time.Millisecond)
	}
	panic("look")
}
