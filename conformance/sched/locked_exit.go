// run

// Goroutines that end while they are locked take their threads with them; the program
// goes on. Locking in init keeps main on the first thread.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

func init() {
	runtime.LockOSThread()
}

func main() {
	fmt.Println("main is on the first thread:", syscall.Gettid() == os.Getpid())
	done := make(chan bool)
	for i := 0; i < 10; i++ {
		go func() {
			runtime.LockOSThread()
			done <- syscall.Gettid() != os.Getpid()
		}()
	}
	other := 0
	for i := 0; i < 10; i++ {
		if <-done {
			other++
		}
	}
	fmt.Println(other, "were elsewhere")
	go func() { done <- true }()
	<-done
	fmt.Println("still on it:", syscall.Gettid() == os.Getpid())
}
