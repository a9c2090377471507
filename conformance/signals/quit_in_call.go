// run
// exit: 2
// gomaxprocs: 1,2

// SIGQUIT finds every goroutine in a system call: each is shown from where it said that the call begins.
package main

import (
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

func init() { runtime.LockOSThread() }

// Reads from a pipe, in a system call that blocks.
//
//go:noinline
func waits(fd int) {
	var b [1]byte
	syscall.Syscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b)), 1)
}

func main() {
	var p [2]int
	syscall.Pipe(p[:])
	go func() {
		shown := make([]byte, 1<<16)
		for !strings.Contains(string(shown), "goroutine 1 [syscall") {
			time.Sleep(time.Millisecond)
			shown = shown[:cap(shown)]
			shown = shown[:runtime.Stack(shown, true)]
		}
		// To the thread that is in the call.
		syscall.Tgkill(syscall.Getpid(), syscall.Getpid(), syscall.SIGQUIT)
		select {}
	}()
	waits(p[0])
}
