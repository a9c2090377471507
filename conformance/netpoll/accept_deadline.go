// run

// Accept with deadlines, and on a duplicate of the socket.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	check(l.SetDeadline(time.Now().Add(10 * time.Millisecond)))
	_, err = l.Accept()
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	check(l.SetDeadline(time.Now().Add(time.Hour)))
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		c.Close()
	}()
	c, err := l.Accept()
	fmt.Println(c != nil, err)
	f, err := l.File()
	check(err)
	check(l.Close())
	// A second descriptor of the same socket is watched, too.
	l2, err := net.FileListener(f)
	check(err)
	check(f.Close())
	go func() {
		c, err := net.Dial("tcp", l2.Addr().String())
		check(err)
		c.Close()
	}()
	c, err = l2.Accept()
	fmt.Println(c != nil, err)
}
