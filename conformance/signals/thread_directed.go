// run

// A signal sent to one thread arrives, whatever that thread is doing.

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	tid := make(chan int)
	done := make(chan error)
	var p [2]int
	syscall.Pipe(p[:])
	go func() {
		runtime.LockOSThread()
		tid <- syscall.Gettid()
		var b [1]byte
		_, err := syscall.Read(p[0], b[:])
		done <- err
	}()
	t := <-tid
	for i := 0; i < 100; i++ {
		syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(t), uintptr(syscall.SIGUSR2))
		if s := <-c; s != syscall.SIGUSR2 {
			fmt.Println(s)
		}
	}
	syscall.Write(p[1], []byte{1})
	fmt.Println(<-done)
}
