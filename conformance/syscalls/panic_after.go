// run
// exit: 2

// A panic right behind a call that blocked: the trace begins where the goroutine is.
package main

import (
	"fmt"
	"syscall"
	"time"
)

func recovered(fd int) (err any) {
	defer func() { err = recover() }()
	var b [1]byte
	n, _ := syscall.Read(fd, b[:])
	var none []int
	return none[n]
}

func main() {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		fmt.Println(err)
		return
	}
	for i := 0; i < 2; i++ {
		go func() {
			time.Sleep(15 * time.Millisecond)
			syscall.Write(fds[1], []byte("x"))
		}()
		if i == 0 {
			fmt.Println(recovered(fds[0]))
			continue
		}
		var b [1]byte
		syscall.Read(fds[0], b[:])
		panic("as intended")
	}
}
