// run

// A timer fires, and its function runs, while the only processor's goroutine is in a system call that
// the function ends.
package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

func main() {
	runtime.GOMAXPROCS(1)
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		fmt.Println(err)
		return
	}
	time.AfterFunc(time.Millisecond, func() {
		syscall.Write(fds[1], []byte("!"))
	})
	b := make([]byte, 1)
	n, err := syscall.Read(fds[0], b)
	fmt.Println(n, err, string(b))
}
