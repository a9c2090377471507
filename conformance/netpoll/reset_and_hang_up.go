// run

// A connection that is reset, or closed by the peer, wakes what waits for it.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func pair(l net.Listener) (client, server *net.TCPConn) {
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	s, err := l.Accept()
	check(err)
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	// A reset wakes a reader that waits.
	c, s := pair(l)
	done := make(chan error)
	go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
	time.Sleep(2 * time.Millisecond)
	check(s.SetLinger(0))
	check(s.Close())
	fmt.Println(errors.Is(<-done, syscall.ECONNRESET))
	// And a writer.
	c, s = pair(l)
	go func() { _, err := c.Write(make([]byte, 64<<20)); done <- err }()
	time.Sleep(5 * time.Millisecond)
	check(s.SetLinger(0))
	check(s.Close())
	err = <-done
	fmt.Println(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
	// The peer's end of the stream.
	c, s = pair(l)
	go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
	time.Sleep(2 * time.Millisecond)
	check(s.Close())
	fmt.Println(<-done == io.EOF)
}
