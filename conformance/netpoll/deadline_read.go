// run

// A read deadline that passes ends reads, not writes, until it is taken away.
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	s, err := l.Accept()
	check(err)
	buf := make([]byte, 8)
	for i := 0; i < 3; i++ {
		start := time.Now()
		check(c.SetReadDeadline(start.Add(20 * time.Millisecond)))
		n, err := c.Read(buf)
		var ne net.Error
		fmt.Println(n, errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &ne) && ne.Timeout(), time.Since(start) >= 20*time.Millisecond)
	}
	// It stays passed until it is set again.
	_, err = s.Write([]byte("hi"))
	check(err)
	time.Sleep(time.Millisecond)
	_, err = c.Read(buf)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	_, err = c.Write([]byte("ok"))
	fmt.Println(err)
	check(c.SetReadDeadline(time.Time{}))
	n, err := c.Read(buf)
	fmt.Println(string(buf[:n]), err)
	n, err = s.Read(buf)
	fmt.Println(string(buf[:n]), err)
}
