// run

// Main waits for a channel, another goroutine is blocked in the kernel: that is no deadlock, even when the monitor has taken the
// processor away, since the call may end.
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
	for round := 0; round < 3; round++ {
		done := make(chan int)
		go func() {
			d := syscall.Timespec{Nsec: 60e6}
			syscall.Nanosleep(&d, nil)
			done <- round
		}()
		fmt.Println(<-done)
	}
	timer := time.AfterFunc(time.Hour, func() {})
	defer timer.Stop()
	done := make(chan bool)
	go func() {
		d := syscall.Timespec{Nsec: 60e6}
		syscall.Nanosleep(&d, nil)
		syscall.Write(fds[1], []byte("x"))
	}()
	go func() {
		var b [1]byte
		syscall.Read(fds[0], b[:])
		done <- true
	}()
	fmt.Println(<-done)
}
