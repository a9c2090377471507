// run
// exit: 2
// env: GOTRACEBACK=none

// A fault at an address that is not near nil is fatal.
package main

import (
	"fmt"
	"syscall"
)

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	page := syscall.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	mem[0] = 7
	fmt.Println(mem[0])
	syscall.Mprotect(mem, syscall.PROT_NONE)
	fmt.Println(mem[0])
}
