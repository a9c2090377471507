// run

// RawConn: the function is called again when the descriptor is ready.
package main

import (
	"fmt"
	"io"
	"net"
	"syscall"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	s, err := l.Accept()
	check(err)
	raw, err := s.(syscall.Conn).SyscallConn()
	check(err)
	check(raw.Control(func(fd uintptr) {
		n, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TYPE)
		fmt.Println(n == syscall.SOCK_STREAM, err)
	}))
	asked := make(chan bool)
	go func() {
		<-asked
		io.WriteString(c, "raw")
	}()
	calls := 0
	var buf [8]byte
	var n int
	check(raw.Read(func(fd uintptr) bool {
		calls++
		n, err = syscall.Read(int(fd), buf[:])
		if calls == 1 {
			close(asked)
		}
		return err != syscall.EAGAIN
	}))
	fmt.Printf("%q %v %v\n", buf[:n], err, calls >= 2)
	check(raw.Write(func(fd uintptr) bool {
		n, err = syscall.Write(int(fd), []byte("back"))
		return err != syscall.EAGAIN
	}))
	check(s.Close())
	all, err := io.ReadAll(c)
	fmt.Printf("%q %v\n", all, err)
	fmt.Println(raw.Control(func(uintptr) {}) != nil)
}
