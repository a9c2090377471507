// run

// With SetPanicOnFault, a fault at an address that is not nil can be recovered and
// shows where it was.
package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"
)

func touch(b []byte, i int) (v byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(runtime.Error)
		}
	}()
	return b[i], nil
}

func main() {
	page := syscall.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	mem[0], mem[page] = 1, 2
	if err := syscall.Mprotect(mem[page:], syscall.PROT_NONE); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(debug.SetPanicOnFault(true))
	fmt.Println(touch(mem, 0))
	_, err = touch(mem, page+5)
	fmt.Println(err)
	var where interface{ Addr() uintptr }
	if errors.As(err, &where) {
		fmt.Println(where.Addr() - uintptr(unsafe.Pointer(&mem[0])) - uintptr(page))
	}
	fmt.Println(debug.SetPanicOnFault(false))
}
