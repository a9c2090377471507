// run

// A command with a parent death signal gets it when the thread that started it ends, and not earlier.

package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// The main thread is for the main goroutine, since it could not end.
func init() { runtime.LockOSThread() }

func main() {
	started := make(chan *exec.Cmd)
	end := make(chan bool)
	go func() {
		// Never unlocked: the thread ends with the goroutine.
		runtime.LockOSThread()
		cmd := exec.Command("sleep", "100")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
		if err := cmd.Start(); err != nil {
			fmt.Println(err)
		}
		started <- cmd
		<-end
	}()
	cmd := <-started
	done := make(chan error)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		fmt.Println("too early", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	fmt.Println(<-done)
}
