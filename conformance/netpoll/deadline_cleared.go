// run

// A deadline that is taken away while a read waits does not end it.
package main

import (
	"fmt"
	"net"
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
	check(c.SetDeadline(time.Now().Add(30 * time.Millisecond)))
	go func() {
		time.Sleep(10 * time.Millisecond)
		c.SetDeadline(time.Time{})
		time.Sleep(50 * time.Millisecond)
		s.Write([]byte("late"))
	}()
	buf := make([]byte, 8)
	n, err := c.Read(buf)
	fmt.Println(string(buf[:n]), err)
}
