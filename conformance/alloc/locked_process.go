// run

// As locked_slice, with all of the process's memory locked, and small objects with pointers: one that is not nil would lead
// a collection astray.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"syscall"
)

type node struct{ p [16]*int }

var keep []*node
var sink [][]byte

func main() {
	for i := 0; i < 16; i++ {
		b := make([]byte, 1<<20)
		for j := range b {
			b[j] = 0xaa
		}
		sink = append(sink, b)
	}
	syscall.Mlockall(1) // What is there, not what is to come.
	sink = nil
	debug.FreeOSMemory()
	bad := 0
	for i := 0; i < 100000; i++ {
		n := new(node)
		for _, p := range n.p {
			if p != nil {
				bad++
			}
		}
		keep = append(keep, n)
	}
	fmt.Println("pointers that are not nil:", bad)
	runtime.GC()
	fmt.Println(len(keep))
}
