// run
// gomaxprocs: 1,2,4

// A system call that blocks gives its processor to others: the trace shows when it began, that it blocked, and its end.
package main

import (
	"bytes"
	"fmt"
	trace "internal/trace"
	"os"
	rtrace "runtime/trace"
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

// taken runs f while a trace is taken, and gives its events.
func taken(f func()) []*trace.Event {
	var b bytes.Buffer
	if err := rtrace.Start(&b); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	f()
	rtrace.Stop()
	p, err := trace.Parse(&b, "")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return p.Events
}
