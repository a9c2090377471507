// run
// timeout: 20

// Timers fire on time while every goroutine that runs is in a system call that lasts: earlier ones, later ones, one that was reset.
package main

import (
	"fmt"
	"syscall"
	"time"
)

func main() {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		fmt.Println(err)
		return
	}
	far := time.AfterFunc(time.Hour, func() { syscall.Write(fds[1], []byte("late")) })
	read := func() string {
		// As long as each of the texts.
		b := make([]byte, 4)
		n, _ := syscall.Read(fds[0], b)
		return string(b[:n])
	}
	for _, ms := range []int{1, 30, 5} {
		begun := time.Now()
		time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { syscall.Write(fds[1], []byte("near")) })
		fmt.Println(read(), time.Since(begun) >= time.Duration(ms)*time.Millisecond)
	}
	far.Reset(25 * time.Millisecond)
	fmt.Println(read())
	// Two at once, of which one is in a call itself.
	var gate [2]int
	syscall.Pipe2(gate[:], 0)
	time.AfterFunc(10*time.Millisecond, func() {
		syscall.Read(gate[0], make([]byte, 1))
		syscall.Write(fds[1], []byte("slow"))
	})
	time.AfterFunc(15*time.Millisecond, func() { syscall.Write(fds[1], []byte("fast")) })
	fmt.Println(read())
	syscall.Write(gate[1], []byte{1})
	fmt.Println(read())
}
