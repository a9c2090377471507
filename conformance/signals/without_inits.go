// run
// gomaxprocs: 1
// timeout: 60

// A program of one thread, without any package that is initialised, does about each signal what every Go program does.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const source = `package main

func main() {
	println("ready")
	for {
	}
}
`

// The hundredths of a second of processor time that a process has had.
func used(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	ticks, _ := strconv.Atoi(fields[11])
	return ticks
}

func main() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file, exe := filepath.Join(dir, "x.go"), filepath.Join(dir, "x")
	os.WriteFile(file, []byte(source), 0o600)
	build := exec.Command("go", "build", "-o", exe, file)
	build.Env = append(os.Environ(), "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("%v\n%s", err, out)
		return
	}
	for sig := syscall.Signal(1); sig < 32; sig++ {
		switch sig {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGCONT:
			continue
		}
		cmd := exec.Command(exe)
		stderr, _ := cmd.StderrPipe()
		if err := cmd.Start(); err != nil {
			fmt.Println(err)
			return
		}
		lines := bufio.NewScanner(stderr)
		lines.Scan()
		cmd.Process.Signal(sig)
		// What is not to end the program does not: it is ended here, once it has run on for a while, however busy the machine is.
		ended := make(chan bool)
		go func() {
			for used(cmd.Process.Pid) < 10 {
				select {
				case <-ended:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
			cmd.Process.Kill()
		}()
		var first []string
		for lines.Scan() {
			if len(first) == 0 {
				first = append(first, lines.Text())
			}
		}
		cmd.Wait()
		close(ended)
		fmt.Printf("%d: %v %q\n", int(sig), cmd.ProcessState, first)
	}
}
