// run

// The soft limit of open files is raised at start, and put back for commands.

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
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

func main() {
	if len(os.Args) > 1 {
		var lim syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim)
		fmt.Println(lim.Cur, lim.Max)
		out, err := exec.Command("sh", "-c", "ulimit -Sn; ulimit -Hn").CombinedOutput()
		fmt.Printf("%q %v\n", out, err)
		// A limit that the program sets itself is passed on.
		lim.Cur = 90
		fmt.Println(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lim))
		out, err = exec.Command("sh", "-c", "ulimit -Sn").CombinedOutput()
		fmt.Printf("%q %v\n", out, err)
		return
	}
	out, err := exec.Command("sh", "-c", "ulimit -Sn 100; ulimit -Hn 200; exec "+quoted("child")).CombinedOutput()
	fmt.Printf("%s%v\n", out, err)
}
