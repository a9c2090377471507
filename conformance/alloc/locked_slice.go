// run
// stress

// Memory that was locked and is free again is no part of what can be given back to the system; new objects in it are zero
// all the same. Where locking is not allowed, there is nothing to see, and the same comes out.
package main

import (
	"fmt"
	"runtime/debug"
	"syscall"
)

var keep [][]byte

func main() {
	for round := 0; round < 3; round++ {
		for i := 0; i < 16; i++ {
			b := make([]byte, 1<<20)
			for j := range b {
				b[j] = 0x5a
			}
			// A page in the middle, or a quarter of it.
			if i%2 == 0 {
				syscall.Mlock(b[1<<19 : 1<<19+1])
			} else if i%4 == 1 {
				syscall.Mlock(b[:1<<18])
			}
			keep = append(keep, b)
		}
		keep = nil
		debug.FreeOSMemory()
		bad := 0
		for i := 0; i < 64; i++ {
			b := make([]byte, 1<<18)
			for _, x := range b {
				if x != 0 {
					bad++
				}
			}
			keep = append(keep, b)
		}
		keep = nil
		debug.FreeOSMemory()
		fmt.Println("bytes that are not zero:", bad)
	}
}
