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
	buf := make([]byte, 8)
	for {
		deadline := time.Now().Add(30 * time.Millisecond)
		check(c.SetDeadline(deadline))
		inTime := make(chan bool, 1)
		go func() {
			time.Sleep(10 * time.Millisecond)
			c.SetDeadline(time.Time{})
			inTime <- time.Now().Before(deadline)
			time.Sleep(50 * time.Millisecond)
			s.Write([]byte("late"))
		}()
		n, err := c.Read(buf)
		if <-inTime {
			fmt.Println(string(buf[:n]), err)
			return
		}
		// The machine was too busy to take it away in time.
		if err != nil {
			c.SetDeadline(time.Time{})
			c.Read(buf)
		}
	}
}
