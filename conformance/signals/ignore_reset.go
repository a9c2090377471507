// run

// Ignore, Ignored and Reset; what is ignored stays so in programs that this one executes.

package main

import (
	"fmt"
	"os"
	"os/exec"
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
	fmt.Println(signal.Ignored(syscall.SIGINT), signal.Ignored(syscall.SIGUSR1))
	signal.Ignore(syscall.SIGINT, syscall.SIGQUIT)
	fmt.Println(signal.Ignored(syscall.SIGINT), signal.Ignored(syscall.SIGQUIT))
	here(syscall.SIGINT)
	here(syscall.SIGQUIT)
	out, err := exec.Command("sh", "-c", "kill -INT $$; echo alive; kill -TERM $$; echo not").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGINT)
	fmt.Println(signal.Ignored(syscall.SIGINT))
	here(syscall.SIGINT)
	fmt.Println(<-c)
	out, err = exec.Command("sh", "-c", "kill -INT $$; echo not").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	signal.Reset(syscall.SIGINT)
	here(syscall.SIGINT)
	fmt.Println("ignored again", len(c))
	signal.Reset()
	here(syscall.SIGQUIT)
	fmt.Println("alive")
}
