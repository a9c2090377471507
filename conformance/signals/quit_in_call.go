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

// The kernel sends the signal to a thread in half a second, when the goroutine that asks for it waits.
func quitLater(tid int) {
	const threadID = 4
	event := struct {
		value       uintptr
		sig, notify int32
		tid         int32
		_           [11]int32
	}{sig: int32(syscall.SIGQUIT), notify: threadID, tid: int32(tid)}
	var timer int32
	_, _, e := syscall.RawSyscall(syscall.SYS_TIMER_CREATE, 1, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&timer)))
	if e != 0 {
		panic(e)
	}
	when := struct{ interval, value syscall.Timespec }{value: syscall.NsecToTimespec(500_000_000)}
	syscall.RawSyscall6(syscall.SYS_TIMER_SETTIME, uintptr(timer), 0, uintptr(unsafe.Pointer(&when)), 0, 0, 0)
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
		quitLater(syscall.Getpid())
		select {}
	}()
	waits(p[0])
}
