// run

// A system call that all threads make, those that are blocked in the kernel included; and one that fails, once.

package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

const prSetKeepcaps, prGetKeepcaps = 8, 7

func main() {
	// Some threads that wait in the kernel, some that wait for their goroutine.
	var p [2]int
	syscall.Pipe(p[:])
	var blocked, done sync.WaitGroup
	check := make(chan bool)
	results := make(chan uintptr, 10)
	for i := 0; i < 3; i++ {
		blocked.Add(1)
		done.Add(2)
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			blocked.Done()
			var b [1]byte
			syscall.Read(p[0], b[:])
			r, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, prGetKeepcaps, 0, 0)
			results <- r
		}()
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			<-check
			r, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, prGetKeepcaps, 0, 0)
			results <- r
		}()
	}
	blocked.Wait()
	for i := 0; i < 20; i++ {
		_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prSetKeepcaps, uintptr((i+1)%2), 0)
		if errno != 0 {
			fmt.Println(errno)
		}
	}
	r1, _, errno := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prSetKeepcaps, 1, 0)
	fmt.Println(r1, errno)
	syscall.Write(p[1], []byte{1, 2, 3})
	close(check)
	done.Wait()
	for i := 0; i < 6; i++ {
		fmt.Print(<-results, " ")
	}
	fmt.Println()
	_, _, errno = syscall.AllThreadsSyscall(syscall.SYS_PRCTL, prSetKeepcaps, 7, 0)
	fmt.Println(errno)
	_, _, errno = syscall.AllThreadsSyscall6(syscall.SYS_CLOSE, ^uintptr(0), 0, 0, 0, 0, 0)
	fmt.Println(errno)
}
