// run report.go

// Two threads that wait for each other in the kernel: system calls that block.
package main

import (
	"runtime"
	"syscall"
)

func pipe() (r, w int) {
	var fds [2]int
	must(syscall.Pipe(fds[:]))
	return fds[0], fds[1]
}

func main() {
	fromA, toB := pipe()
	fromB, toA := pipe()
	bench("pipe_roundtrip", 50_000, func(n int) {
		done := make(chan struct{})
		go func() {
			b := make([]byte, 1)
			for i := 0; i < n; i++ {
				_, err := syscall.Read(fromA, b)
				must(err)
				_, err = syscall.Write(toA, b)
				must(err)
			}
			close(done)
		}()
		b := make([]byte, 1)
		for i := 0; i < n; i++ {
			_, err := syscall.Write(toB, b)
			must(err)
			_, err = syscall.Read(fromB, b)
			must(err)
		}
		<-done
	})
	bench("syscall_short", 2_000_000, func(n int) {
		for i := 0; i < n; i++ {
			syscall.Getppid()
		}
	})
	runtime.KeepAlive(toA)
}
