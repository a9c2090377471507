// run

// A pipe's descriptor is sent over a Unix socket and used by the receiver.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	check(err)
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(f)
		check(err)
		f.Close()
		ends[i] = c.(*net.UnixConn)
	}
	r, w, err := os.Pipe()
	check(err)
	got := make(chan *os.File)
	go func() {
		oob := make([]byte, 64)
		buf := make([]byte, 8)
		n, oobn, _, _, err := ends[1].ReadMsgUnix(buf, oob)
		check(err)
		msgs, err := syscall.ParseSocketControlMessage(oob[:oobn])
		check(err)
		rights, err := syscall.ParseUnixRights(&msgs[0])
		check(err)
		fmt.Printf("%q %d\n", buf[:n], len(rights))
		check(syscall.SetNonblock(rights[0], true))
		got <- os.NewFile(uintptr(rights[0]), "passed")
	}()
	_, _, err = ends[0].WriteMsgUnix([]byte("take"), syscall.UnixRights(int(w.Fd())), nil)
	check(err)
	w.Close()
	passed := <-got
	fmt.Fprint(passed, "through a passed descriptor")
	check(passed.Close())
	all, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", all, err)
}
