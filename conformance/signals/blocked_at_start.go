// run

// A signal that the parent process had blocked still arrives, and children get the mask as it was.

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
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

func main() {
	usr1 := uint64(1) << (syscall.SIGUSR1 - 1)
	if len(os.Args) > 1 {
		out, _ := exec.Command("grep", "SigBlk", "/proc/self/status").Output()
		fmt.Print(string(out))
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGUSR1)
		syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
		fmt.Println(<-c)
		signal.Stop(c)
		syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
		fmt.Println("alive")
		return
	}
	runtime.LockOSThread()
	const block, setmask = 0, 2
	var old uint64
	mask := usr1 | 1<<(syscall.SIGTERM-1)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, block, uintptr(unsafe.Pointer(&mask)), uintptr(unsafe.Pointer(&old)), 8, 0, 0)
	out, err := self("child").CombinedOutput()
	fmt.Printf("%s%v\n", strings.ReplaceAll(string(out), "\t", " "), err)
	out, err = exec.Command("grep", "SigBlk", "/proc/self/status").Output()
	fmt.Printf("%s%v\n", strings.ReplaceAll(string(out), "\t", " "), err)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setmask, uintptr(unsafe.Pointer(&old)), 0, 8, 0, 0)
}
