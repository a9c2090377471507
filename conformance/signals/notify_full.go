// run

// A channel that is full misses signals; nothing waits for it.

package main

import (
	"fmt"
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
	full, c := make(chan os.Signal, 1), make(chan os.Signal, 100)
	signal.Notify(full, syscall.SIGUSR1)
	signal.Notify(c, syscall.SIGUSR1)
	for i := 0; i < 50; i++ {
		here(syscall.SIGUSR1)
		select {
		case <-c:
		case <-time.After(5 * time.Second):
			fmt.Println("lost", i)
		}
	}
	fmt.Println(len(full), len(c))
}
