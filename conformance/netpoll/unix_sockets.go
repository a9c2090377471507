// run

// Unix sockets: streams and datagrams.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	dir, err := os.MkdirTemp("", "sock")
	check(err)
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "stream"))
	check(err)
	go func() {
		c, err := l.Accept()
		check(err)
		io.Copy(c, c)
		c.Close()
	}()
	c, err := net.Dial("unix", l.Addr().String())
	check(err)
	_, err = io.WriteString(c, "over a path")
	check(err)
	check(c.(*net.UnixConn).CloseWrite())
	all, err := io.ReadAll(c)
	fmt.Printf("%q %v\n", all, err)
	check(l.Close())
	_, err = os.Stat(filepath.Join(dir, "stream"))
	fmt.Println("removed:", os.IsNotExist(err))

	a, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "a"), Net: "unixgram"})
	check(err)
	b, err := net.DialUnix("unixgram", nil, a.LocalAddr().(*net.UnixAddr))
	check(err)
	go b.Write([]byte("datagram"))
	buf := make([]byte, 32)
	n, err := a.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
