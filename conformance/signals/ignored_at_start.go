// run

// HUP and INT stay ignored if the parent process ignored them, until they are asked for, and afterwards again.

package main

import (
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
		for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT} {
			here(sig)
			fmt.Println(sig, signal.Ignored(sig))
			c := make(chan os.Signal, 1)
			signal.Notify(c, sig)
			here(sig)
			fmt.Println(<-c, signal.Ignored(sig))
			signal.Stop(c)
			here(sig)
			fmt.Println("alive")
		}
		return
	}
	out, err := exec.Command("sh", "-c", "trap '' HUP INT; exec "+quoted("child")).CombinedOutput()
	fmt.Printf("%s%v\n", out, err)
}
