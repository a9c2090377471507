// run
// exit: 2
// env: GOTRACEBACK=none

// SIGABRT shows all goroutines, also for GOTRACEBACK=none.
// (The arguments of an assembly function are shown on amd64 as none.)

//go:build amd64

package main

import (
	"bytes"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// here sends a signal to this thread: it has come when this returns.
func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

func main() {
	runtime.LockOSThread()
	var mu sync.Mutex
	mu.Lock()
	go func() { mu.Lock() }()
	for all := make([]byte, 1<<16); !bytes.Contains(all[:runtime.Stack(all, true)], []byte("[sync.Mutex.Lock")); {
		time.Sleep(time.Millisecond)
	}
	here(syscall.SIGABRT)
}
