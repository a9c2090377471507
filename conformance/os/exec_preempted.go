// run
// gomaxprocs: 1,2
// timeout: 20

// While a goroutine replaces the process no thread is made, so it must not lose its processor to a goroutine that needs one. It is
// asked to yield while it copies a long environment, and the limit of open files that it then puts back is a call in which it could.
// (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) == 1 {
		// What package os has raised at the start is put back before the process is replaced.
		var lim syscall.Rlimit
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim)
		lim.Cur = 100
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lim)
		fmt.Println(syscall.Exec("/proc/self/exe", []string{os.Args[0], "again"}, os.Environ()))
		return
	}
	// A collection would let the others go first.
	debug.SetGCPercent(-1)
	long := strings.Repeat("x", 100<<20)
	done := make(chan bool)
	for i := 0; i < 8; i++ {
		go func() {
			runtime.LockOSThread()
			// Its thread keeps it, and another must be found for the next one.
			runtime.Gosched()
			done <- true
		}()
	}
	fmt.Println(syscall.Exec("/nowhere", []string{"nowhere"}, []string{long}) == syscall.ENOENT)
	for i := 0; i < 8; i++ {
		<-done
	}
	fmt.Println("done")
}
