// run

// Deadlines that move while a read waits: on, nearer, and that of the other direction.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// What nothing else holds would be closed when it is collected.
var keep []net.Conn

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
	keep = append(keep, s)
	read := func() (time.Duration, error) {
		start := time.Now()
		_, err := c.Read(make([]byte, 1))
		return time.Since(start), err
	}

	// Moved on while the read waits: it ends after the last of them.
	var took time.Duration
	for inTime := false; !inTime; {
		last, late := time.Now(), false
		check(c.SetReadDeadline(last.Add(40 * time.Millisecond)))
		done := make(chan bool)
		go func() {
			for i := 0; i < 10; i++ {
				time.Sleep(10 * time.Millisecond)
				moved := time.Now()
				c.SetReadDeadline(moved.Add(40 * time.Millisecond))
				// A busy machine may let the deadline pass before it is moved.
				late = late || time.Since(last) > 40*time.Millisecond
				last = moved
			}
			close(done)
		}()
		took, err = read()
		<-done
		inTime = !late
	}
	fmt.Println("moved on:", took >= 100*time.Millisecond, errors.Is(err, os.ErrDeadlineExceeded))
	time.Sleep(20 * time.Millisecond)

	// Moved nearer: it ends then.
	check(c.SetReadDeadline(time.Now().Add(time.Hour)))
	start := time.Now()
	time.AfterFunc(10*time.Millisecond, func() { c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) })
	took, err = read()
	fmt.Println("nearer:", time.Since(start) >= 20*time.Millisecond, took < time.Minute, errors.Is(err, os.ErrDeadlineExceeded))

	// The deadline for writing passes first and does not end the read.
	check(c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)))
	start = time.Now()
	check(c.SetReadDeadline(start.Add(40 * time.Millisecond)))
	_, err = read()
	fmt.Println("other:", time.Since(start) >= 35*time.Millisecond, errors.Is(err, os.ErrDeadlineExceeded))
	_, err = c.Write([]byte("x"))
	fmt.Println("write:", errors.Is(err, os.ErrDeadlineExceeded))
}
