// run

// GOTRACEBACK=crash: each thread shows itself after SIGQUIT, and the process ends by SIGABRT.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
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
	if len(os.Args) > 1 {
		for i := 0; i < 3; i++ {
			go func() {
				runtime.LockOSThread()
				var ts syscall.Timespec
				ts.Sec = 100
				syscall.Nanosleep(&ts, nil)
			}()
		}
		time.Sleep(100 * time.Millisecond)
		syscall.Kill(syscall.Getpid(), syscall.SIGQUIT)
		select {}
	}
	cmd := self("child")
	cmd.Env = append(os.Environ(), "GOTRACEBACK=crash")
	start := time.Now()
	out, err := cmd.CombinedOutput()
	status := err.(*exec.ExitError).Sys().(syscall.WaitStatus)
	fmt.Println(status.Signaled(), status.Signal())
	threads := bytes.Count(out, []byte("SIGQUIT: quit\nPC="))
	fmt.Println(threads >= 4, bytes.Count(out, []byte("\n-----\n\n")) == threads-1, time.Since(start) < 5*time.Second)
}
