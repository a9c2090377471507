// run

// A write deadline that passes ends a write that is partly done.
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
	// Nothing reads: the buffers fill up. A busy machine may let the deadline pass before the first byte.
	n, block := 0, make([]byte, 64<<20)
	for n == 0 {
		check(c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)))
		n, err = c.Write(block)
	}
	fmt.Println(n > 0 && n < 64<<20, errors.Is(err, os.ErrDeadlineExceeded))
	n, err = c.Write([]byte("x"))
	fmt.Println(n, errors.Is(err, os.ErrDeadlineExceeded))
}
