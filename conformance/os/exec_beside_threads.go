// run
// timeout: 30
// stress

// A goroutine that fails to replace the process, over and over, while others make threads: who waits for it to be done may have the
// only processor.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

var sink []byte

func main() {
	var wg sync.WaitGroup
	wg.Add(3)
	go func() {
		defer wg.Done()
		for i := 0; i < 2000; i++ {
			if err := syscall.Exec("/nowhere", []string{"nowhere"}, nil); err != syscall.ENOENT {
				fmt.Println(err)
			}
			sink = make([]byte, 10000)
		}
	}()
	go func() {
		defer wg.Done()
		for i := 0; i < 200; i++ {
			done := make(chan bool)
			go func() {
				runtime.LockOSThread()
				done <- true
			}()
			<-done
		}
	}()
	go func() {
		defer wg.Done()
		for i := 0; i < 100; i++ {
			runtime.GC()
		}
	}()
	wg.Wait()
	fmt.Println("done")
}
