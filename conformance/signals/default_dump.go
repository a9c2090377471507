// run

// These signals end a program with status 2, and it says which it was.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// self is a command that runs this program again; under an emulator, by that.
func self(args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if q, err := exec.LookPath("qemu-aarch64-static"); err == nil && runtime.GOARCH == "arm64" {
		return exec.Command(q, append([]string{exe}, args...)...)
	}
	return exec.Command(exe, args...)
}

// here sends a signal to this thread: it has come when this returns.
func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

func main() {
	if len(os.Args) > 1 {
		runtime.LockOSThread()
		var sig int
		fmt.Sscan(os.Args[1], &sig)
		here(syscall.Signal(sig))
		os.Exit(9)
	}
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSTKFLT,
		syscall.SIGSYS, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE} {
		out, err := self(fmt.Sprint(int(sig))).CombinedOutput()
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		fmt.Printf("%v: %s, %s %v\n", sig, err, line, bytes.Contains(rest, []byte("\ngoroutine 1 [running, locked to thread]:\n")))
	}
}
