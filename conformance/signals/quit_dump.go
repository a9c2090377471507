// run
// exit: 2

// SIGQUIT shows all goroutines, and the registers.
// (The arguments of an assembly function are shown on amd64 as none.)

//go:build amd64

package main

import (
	"bytes"
	"runtime"
	"syscall"
	"time"
)

// here sends a signal to this thread: it has come when this returns.
func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

//go:noinline
func wait(c chan int) { <-c }

func main() {
	runtime.LockOSThread()
	c := make(chan int)
	go wait(c)
	go func() { select {} }()
	for all := make([]byte, 1<<16); ; time.Sleep(time.Millisecond) {
		s := all[:runtime.Stack(all, true)]
		if bytes.Contains(s, []byte("[chan receive")) && bytes.Contains(s, []byte("[select (no cases)")) {
			break
		}
	}
	here(syscall.SIGQUIT)
}
