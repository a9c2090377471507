// run

// A program in which every goroutine waits for the network is not dead.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) > 1 {
		time.Sleep(50 * time.Millisecond)
		c, err := net.Dial("tcp", os.Args[1])
		check(err)
		io.WriteString(c, "from outside")
		c.Close()
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	exe, err := os.Executable()
	check(err)
	check(exec.Command(exe, l.Addr().String()).Start())
	// Nothing but this goroutine, and it waits for another process.
	c, err := l.Accept()
	check(err)
	all, err := io.ReadAll(c)
	fmt.Printf("%q %v\n", all, err)
}
