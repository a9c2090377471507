// run taken.go
// gomaxprocs: 1,2,4

// A system call that blocks gives its processor to others: the trace shows when it began, that it blocked, and its end.
package main

import (
	"fmt"
	trace "internal/trace"
	"syscall"
	"time"
)

//go:noinline
func read(fd int) {
	var b [1]byte
	n, err := syscall.Read(fd, b[:])
	fmt.Println(n, err)
}

func main() {
	var fds [2]int
	syscall.Pipe(fds[:])
	events := taken(func() {
		done := make(chan bool)
		go func() {
			read(fds[0])
			close(done)
		}()
		time.Sleep(100 * time.Millisecond)
		syscall.Write(fds[1], []byte("x"))
		<-done
	})
	var reader uint64
	called := false
	for _, ev := range events {
		if ev.Type == trace.EvGoSysCall {
			for _, f := range ev.Stk {
				if f.Fn == "main.read" && !called {
					reader, called = ev.G, true
				}
			}
		}
	}
	blocked, back := false, false
	for _, ev := range events {
		if ev.G == reader {
			blocked = blocked || ev.Type == trace.EvGoSysBlock
			back = back || ev.Type == trace.EvGoSysExit
		}
	}
	fmt.Println(called, blocked, back)
}
