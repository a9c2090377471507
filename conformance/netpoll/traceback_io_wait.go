// run
// exit: 2
// env: GOTRACEBACK=all

// Goroutines that wait in the poller are listed with the reason IO wait, and where.
package main

import (
	"net"
	"os"
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

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	r, _, err := os.Pipe()
	check(err)
	go accept(l)
	time.Sleep(5 * time.Millisecond)
	go read(r)
	time.Sleep(5 * time.Millisecond)
	panic("who waits for the network?")
}
