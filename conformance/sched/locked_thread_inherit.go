// run

// A goroutine that is locked to its thread changes what the kernel keeps for that thread, and starts goroutines that hold threads.
// None of those threads is made by the changed one.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

func main() {
	os.Chdir("/tmp")
	seen := make(chan string, 20)
	go func() {
		runtime.LockOSThread()
		syscall.Unshare(syscall.CLONE_FS)
		syscall.Chdir("/")
		for i := 0; i < 20; i++ {
			go func() {
				ts := syscall.Timespec{Nsec: 2e6}
				syscall.Nanosleep(&ts, nil) // holds a thread
				d, _ := os.Readlink("/proc/thread-self/cwd")
				seen <- d
			}()
		}
		select {}
	}()
	n := 0
	for i := 0; i < 20; i++ {
		if <-seen == "/" {
			n++
		}
	}
	fmt.Println(n, "of 20 in /")
}
