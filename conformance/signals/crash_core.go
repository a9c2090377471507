// run
// gomaxprocs: 2
// timeout: 30
//go:build amd64

// GOTRACEBACK=crash ends the program by SIGABRT after everything is said, so that there is a core file wherever the system leaves one.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "panic":
			panic("the end")
		case "fatal":
			new(sync.Mutex).Unlock()
		case "fault":
			*(*int)(nil) = 1
		case "deadlock":
			select {}
		case "ill":
			syscall.Kill(os.Getpid(), syscall.SIGILL)
			select {}
		}
		return
	}
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_CORE, &limit)
	limit.Cur = limit.Max
	syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	self, _ := os.Executable()
	run := func(cmd *exec.Cmd) syscall.WaitStatus {
		cmd.Env = append(os.Environ(), "GOTRACEBACK=crash")
		cmd.CombinedOutput()
		return cmd.ProcessState.Sys().(syscall.WaitStatus)
	}
	// What the system does about a program that is no Go program.
	usual := run(exec.Command("sh", "-c", "kill -ABRT $$"))
	for _, way := range []string{"panic", "fatal", "fault", "deadlock", "ill"} {
		status := run(exec.Command(self, way))
		fmt.Println(way, status.Signaled(), status.Signal(), status.CoreDump() == usual.CoreDump())
	}
}
