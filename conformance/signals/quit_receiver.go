// run
// exit: 2

// The goroutine that receives signals counts as one in a system call.
// (The arguments of an assembly function are shown on amd64 as none.)

//go:build amd64

package main

import (
	"bytes"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// here sends a signal to this thread: it has come when this returns.
func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

func main() {
	runtime.LockOSThread()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	here(syscall.SIGUSR1)
	println((<-c).String())
	for all := make([]byte, 1<<16); !bytes.Contains(all[:runtime.Stack(all, true)], []byte("[syscall")); {
		time.Sleep(time.Millisecond)
	}
	here(syscall.SIGQUIT)
}
