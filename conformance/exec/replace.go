// run

// syscall.Exec: the new program has the descriptors that are not to be closed, the environment that it is given, and default signals.

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

func main() {
	if len(os.Args) > 1 {
		runtime.LockOSThread()
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGUSR1)
		signal.Ignore(syscall.SIGUSR2)
		go func() {
			for {
				runtime.Gosched()
			}
		}()
		err := syscall.Exec("/bin/sh", []string{"sh", "-c", "echo $WHAT $0; kill -USR2 $$; echo still; kill -USR1 $$; echo not", "name"}, []string{"WHAT=this"})
		fmt.Println(err)
		return
	}
	out, err := self("child").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	fmt.Println(syscall.Exec("/nonexistent", []string{"x"}, nil))
}
