// run

// Threads whose results differ end the program.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
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
		ready := make(chan bool)
		go func() {
			runtime.LockOSThread()
			ready <- true
			select {}
		}()
		<-ready
		syscall.AllThreadsSyscall(syscall.SYS_GETTID, 1, 2, 3)
		fmt.Println("not reached")
	}
	out, err := self("child").CombinedOutput()
	head, _, _ := bytes.Cut(out, []byte("\n\n"))
	head = regexp.MustCompile(`(trap:|r1=)\d+`).ReplaceAll(head, []byte("${1}N"))
	head = regexp.MustCompile(`r2=\d+`).ReplaceAll(head, []byte("r2=N"))
	fmt.Printf("%s\n%v\n", head, err)
}
