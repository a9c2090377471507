// run

// Threads that come to be while a locked goroutine has changed its own have nothing of that.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

func main() {
	dir, _ := os.Getwd()
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		// Never unlocked.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_UNSHARE, syscall.CLONE_FS, 0, 0); errno != 0 {
			fmt.Println(errno)
		}
		syscall.Chdir("/")
		// New threads are needed, and it is this one that finds so.
		var blocked sync.WaitGroup
		for i := 0; i < 8; i++ {
			blocked.Add(1)
			go func() {
				defer blocked.Done()
				runtime.LockOSThread()
				if d, err := syscall.Getwd(); err == nil {
					var b [4096]byte
					n, _ := syscall.Readlink(fmt.Sprintf("/proc/self/task/%d/cwd", syscall.Gettid()), b[:])
					if string(b[:n]) != dir || d != dir {
						fmt.Println("a thread is elsewhere:", string(b[:n]))
					}
				}
				var ts syscall.Timespec
				ts.Nsec = 1e6
				syscall.Nanosleep(&ts, nil)
			}()
		}
		blocked.Wait()
	}()
	wg.Wait()
	now, _ := os.Getwd()
	fmt.Println(now == dir)
}
