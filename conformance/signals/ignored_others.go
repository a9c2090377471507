// run

// Other signals that the parent process ignored are as in any Go program: TERM ends it, QUIT shows goroutines, children are waited for.

//go:build amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
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

// quoted is self as a shell has it.
func quoted(args ...string) string {
	return "'" + strings.Join(self(args...).Args, "' '") + "'"
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
		fmt.Println(signal.Ignored(syscall.Signal(sig)), exec.Command("true").Run())
		here(syscall.Signal(sig))
		fmt.Println("alive")
		return
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGCHLD, syscall.SIGUSR1, syscall.SIGPIPE} {
		out, err := exec.Command("sh", "-c", "trap '' TERM QUIT CHLD USR1 PIPE; exec "+quoted(fmt.Sprint(int(sig)))).CombinedOutput()
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		first, _, _ := bytes.Cut(rest, []byte("\n"))
		fmt.Printf("%v: %s, %q, %v\n", sig, line, first, err)
	}
}
