// run
// stress
// timeout: 20

// Work comes to a processor that a system call has left behind from the goroutine that is in that call, from others, and from timers: all
// of it is done before the call ends.
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
	for round := 0; round < 10; round++ {
		const n = 20
		done := make(chan int, 3*n)
		for i := 0; i < n; i++ {
			go func() { done <- 1 }()
			time.AfterFunc(time.Duration(i)*50*time.Microsecond, func() { done <- 1 })
			go func() {
				time.Sleep(100 * time.Microsecond)
				done <- 1
			}()
		}
		go func() {
			for i := 0; i < 3*n; i++ {
				<-done
			}
			syscall.Write(fds[1], []byte{byte(round)})
		}()
		// The only thing that this goroutine does is to wait in the kernel for all of them.
		var b [1]byte
		syscall.Read(fds[0], b[:])
		fmt.Print(b[0], " ")
	}
	fmt.Println()
}
