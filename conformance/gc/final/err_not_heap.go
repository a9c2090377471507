// run
// exit: 2

// SetFinalizer for memory that the heap does not own is fatal.
package main

import (
	"fmt"
	"runtime"
	"syscall"
)

type page [4096]byte

func pages() []byte {
	b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	return b
}

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer((*page)(pages()), func(*page) {})
}
