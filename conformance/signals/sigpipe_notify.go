// run

// SIGPIPE that a program asked for, or ignores, does not end it at descriptor 1.

package main

import (
	"bytes"
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
		c := make(chan os.Signal, 1)
		if os.Args[1] == "notify" {
			signal.Notify(c, syscall.SIGPIPE)
		} else {
			signal.Ignore(syscall.SIGPIPE)
		}
		_, err := os.Stdout.WriteString("x")
		fmt.Fprintln(os.Stderr, err)
		if os.Args[1] == "notify" {
			fmt.Fprintln(os.Stderr, <-c)
		}
		return
	}
	for _, what := range []string{"notify", "ignore"} {
		r, w, _ := os.Pipe()
		r.Close()
		cmd := self(what)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &stderr
		err := cmd.Run()
		fmt.Printf("%v %q\n", err, stderr.String())
	}
}
