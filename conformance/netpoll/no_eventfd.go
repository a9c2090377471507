// run

// A filter of system calls that refuses event descriptors, as sandboxes have them: the network works, since a pipe takes their place.
package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

type (
	filter struct {
		code   uint16
		jt, jf uint8
		k      uint32
	}
	program struct {
		len     uint16
		filters *filter
	}
)

// refuse has all threads get EPERM for a system call. Where there are no filters (in emulators) everything stays as it was.
func refuse(call uint32) {
	filters := [...]filter{
		{0x20, 0, 0, 0},           // load the call's number
		{0x15, 0, 1, call},        // if it is this one
		{0x06, 0, 0, 0x50000 | 1}, // EPERM
		{0x06, 0, 0, 0x7fff0000},  // else go on
	}
	const (
		noNewPrivileges = 38
		setFilter       = 1
		allThreads      = 1
	)
	p := program{uint16(len(filters)), &filters[0]}
	syscall.Syscall6(syscall.SYS_PRCTL, noNewPrivileges, 1, 0, 0, 0, 0)
	syscall.Syscall(seccomp(), setFilter, allThreads, uintptr(unsafe.Pointer(&p)))
	runtime.KeepAlive(&filters)
}

func seccomp() uintptr {
	if runtime.GOARCH == "arm64" {
		return 277
	}
	return 317
}

func eventfd2() uint32 {
	if runtime.GOARCH == "arm64" {
		return 19
	}
	return 290
}

func main() {
	refuse(eventfd2())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	for i := 0; i < 50; i++ {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Fprintf(c, "hello %d\n", i)
		time.Sleep(time.Millisecond) // a timer, for which a wait is interrupted
		var n int
		if _, err := fmt.Fscanf(c, "hello %d\n", &n); err != nil || n != i {
			fmt.Println(n, err)
		}
		c.Close()
	}
	fmt.Println("fifty greetings came back")
}
