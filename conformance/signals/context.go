// run

// NotifyContext is done when the signal comes, and stop puts the default back.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
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
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		here(syscall.SIGINT)
		<-ctx.Done()
		fmt.Println(ctx.Err(), ctx)
		stop()
		here(syscall.SIGINT)
		os.Exit(9)
	}
	out, err := self("child").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
}
