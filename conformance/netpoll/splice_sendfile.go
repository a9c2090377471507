// run

// A file is sent through sockets without being copied to the program.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
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
	data := bytes.Repeat([]byte("0123456789abcdef"), 3<<16)
	f, err := os.CreateTemp("", "data")
	check(err)
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	check(err)
	_, err = f.Seek(0, io.SeekStart)
	check(err)

	// file -> a -> b -> c -> d: sendfile, then splice.
	a, b := pair(l)
	c, d := pair(l)
	sent, spliced := make(chan string, 1), make(chan string, 1)
	go func() {
		n, err := io.Copy(a, f)
		sent <- fmt.Sprint("sent ", n, err)
		a.CloseWrite()
	}()
	go func() {
		n, err := io.Copy(c, b)
		spliced <- fmt.Sprint("spliced ", n, err)
		c.CloseWrite()
	}()
	all, err := io.ReadAll(d)
	fmt.Println(<-sent, <-spliced, bytes.Equal(all, data), err)
}
