// run

// A program that needs more threads than SetMaxThreads allows ends, and says so.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
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
		fmt.Println(debug.SetMaxThreads(20))
		for i := 0; i < 100; i++ {
			ready := make(chan bool)
			go func() {
				runtime.LockOSThread()
				close(ready)
				select {}
			}()
			<-ready
		}
		fmt.Println("not reached")
	}
	out, err := self("child").CombinedOutput()
	lines := strings.SplitN(string(out), "\n", 4)
	fmt.Printf("%q %v\n", lines[:3], err)
}
