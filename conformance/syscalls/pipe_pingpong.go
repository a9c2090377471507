// run
// stress
// timeout: 20

// Two goroutines that wait for each other in blocking system calls.
package main

import (
	"fmt"
	"syscall"
)

func pipe() (r, w int) {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		panic(err)
	}
	return fds[0], fds[1]
}

func main() {
	ar, aw := pipe()
	br, bw := pipe()
	go func() {
		buf := make([]byte, 1)
		for {
			if n, _ := syscall.Read(ar, buf); n != 1 {
				syscall.Close(bw)
				return
			}
			buf[0]++
			syscall.Write(bw, buf)
		}
	}()
	buf := []byte{0}
	for i := 0; i < 3000; i++ {
		syscall.Write(aw, buf)
		syscall.Read(br, buf)
	}
	syscall.Close(aw)
	n, err := syscall.Read(br, buf)
	fmt.Println(buf[0], n, err)
}
