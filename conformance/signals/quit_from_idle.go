// run
//go:build amd64

// SIGQUIT comes to a thread that is idle, while others come to rest one after the other: the process prints what it was doing, and takes
// that for no deadlock.
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

func child() {
	for i := 0; i < 4; i++ {
		c := make(chan int)
		go func() {
			for {
				c <- 1
				time.Sleep(10 * time.Microsecond)
			}
		}()
		go func() {
			for {
				go func() {
					runtime.LockOSThread()
					<-c
				}()
				<-c
			}
		}()
	}
	time.Sleep(20 * time.Millisecond)
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	select {}
}

func main() {
	if len(os.Args) > 1 {
		child()
		return
	}
	for i := 0; i < 20; i++ {
		out, err := exec.Command("/proc/self/exe", "child").CombinedOutput()
		if !bytes.HasPrefix(out, []byte("SIGQUIT: quit\n")) || !bytes.Contains(out, []byte("goroutine 1 [")) {
			fmt.Printf("%v\n%.300s\n", err, out)
		}
	}
	fmt.Println("each with its goroutines")
}
