// run

// A connection closed for writing is still read from; a write of more than the buffers hold waits for the reader.
package main

import (
	"fmt"
	"io"
	"net"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		c, err := l.Accept()
		check(err)
		all, err := io.ReadAll(c)
		check(err)
		fmt.Fprintf(c, "%d bytes", len(all))
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	// More than the sockets hold: the writer waits in between.
	n, err := c.Write(make([]byte, 8<<20))
	fmt.Println(n, err)
	check(c.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(c)
	fmt.Println(string(answer), err)
	_, err = c.Write([]byte("x"))
	fmt.Println(err != nil)
}
