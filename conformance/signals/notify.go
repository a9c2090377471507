// run

// Signals arrive on the channel that was asked for them, and after Stop the default is back.

package main

import (
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
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		here(syscall.SIGTERM)
		fmt.Println(<-c)
		signal.Stop(c)
		here(syscall.SIGTERM)
		os.Exit(9)
	}
	out, err := self("child").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	runtime.LockOSThread()
	a, b := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(a, syscall.SIGUSR1, syscall.SIGHUP)
	signal.Notify(b, syscall.SIGUSR1, syscall.Signal(40))
	here(syscall.SIGUSR1)
	fmt.Println(<-a, <-b)
	here(syscall.SIGHUP)
	fmt.Println(<-a, len(b))
	here(40)
	fmt.Println(<-b, len(a))
	signal.Stop(a)
	here(syscall.SIGUSR1)
	fmt.Println(<-b, len(a))
}
