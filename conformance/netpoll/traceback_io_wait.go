// run
// exit: 2
// env: GOTRACEBACK=all

// Goroutines that wait in the poller are listed with the reason IO wait, and where.
package main

import (
	"bytes"
	"net"
	"os"
	"runtime"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func accept(l net.Listener) {
	l.Accept()
}

func read(r *os.File) {
	r.Read(make([]byte, 1))
}

// waitFor waits until n goroutines wait in the poller.
func waitFor(n int) {
	buf := make([]byte, 1<<16)
	for bytes.Count(buf[:runtime.Stack(buf, true)], []byte("[IO wait]")) < n {
		time.Sleep(time.Millisecond)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	r, _, err := os.Pipe()
	check(err)
	go accept(l)
	waitFor(1)
	go read(r)
	waitFor(2)
	panic("who waits for the network?")
}
