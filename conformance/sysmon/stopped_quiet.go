// run
// gomaxprocs: 2
//go:build amd64

// While the world is stopped, a timer that is due cannot run, and nothing is busy waiting for that: the process takes no processor time.
// Here a heap dump has the world stopped, whose reader does not read.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// used is the processor time of a process, in hundredths of a second.
func used(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

func child() {
	runtime.GOMAXPROCS(2)
	large := make([][]byte, 1000)
	for i := range large {
		large[i] = make([]byte, 4096)
	}
	late := make(chan bool)
	time.AfterFunc(20*time.Millisecond, func() { close(late) })
	debug.WriteHeapDump(3)
	<-late
	runtime.KeepAlive(large)
}

func main() {
	if len(os.Args) > 1 {
		child()
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command("/proc/self/exe", "child")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	w.Close()
	var first [1]byte
	io.ReadFull(r, first[:])
	time.Sleep(300 * time.Millisecond)
	before := used(cmd.Process.Pid)
	time.Sleep(700 * time.Millisecond)
	if n := used(cmd.Process.Pid) - before; n > 35 {
		fmt.Println("busy for", n, "of 70 hundredths of a second")
	} else {
		fmt.Println("quiet")
	}
	n, _ := io.Copy(io.Discard, r)
	fmt.Println(n > 1<<20, cmd.Wait())
}
