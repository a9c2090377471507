// run

// Connecting is refused, cancelled, too slow.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	address := l.Addr().String()
	check(l.Close())
	_, err = net.Dial("tcp", address)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))

	// A socket that listens, with room for nobody: connecting waits.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	check(err)
	check(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check(syscall.Listen(fd, 0))
	sa, err := syscall.Getsockname(fd)
	check(err)
	address = fmt.Sprintf("127.0.0.1:%d", sa.(*syscall.SockaddrInet4).Port)
	first, err := net.Dial("tcp", address)
	check(err)
	defer first.Close()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	var d net.Dialer
	_, err = d.DialContext(ctx, "tcp", address)
	fmt.Println(err != nil && ctx.Err() != nil)
	start := time.Now()
	d.Timeout = 20 * time.Millisecond
	_, err = d.Dial("tcp", address)
	ne, ok := err.(net.Error)
	fmt.Println(ok && ne.Timeout(), time.Since(start) >= 20*time.Millisecond)
}
