// run

// Notify without a list means every signal, SIGQUIT, SIGABRT, and those that stop a process included.

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// here sends a signal to this thread: it has come when this returns.
func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

func main() {
	runtime.LockOSThread()
	// Room for signals of the runtime's own, too.
	c := make(chan os.Signal, 1000)
	signal.Notify(c)
	for _, sig := range []syscall.Signal{1, 2, 3, 6, 10, 12, 13, 14, 15, 17, 18, 20, 21, 22, 24, 25, 26, 28, 29, 30, 40, 60} {
		here(sig)
		for s := range c {
			// The runtime has a signal of its own, which arrives here too.
			if s == sig {
				break
			}
		}
		fmt.Println(sig)
	}
	// Faults that a process sends are signals as well.
	for _, sig := range []syscall.Signal{4, 5, 7, 8, 11, 31} {
		here(sig)
		for s := range c {
			if s == sig {
				break
			}
		}
		fmt.Println(sig)
	}
}
