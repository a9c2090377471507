// run

// Setuid goes over all threads while others are being made, by threads that have given their processor away: those that make them take part.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

func main() {
	uid := syscall.Getuid()
	for round := 0; round < 100; round++ {
		var wg sync.WaitGroup
		stop := make(chan bool)
		for i := 0; i < 4; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				// Never unlocked: the thread ends with the goroutine, and the next round wants another.
				runtime.LockOSThread()
				<-stop
			}()
		}
		if err := syscall.Setuid(uid); err != nil {
			fmt.Println(err)
		}
		close(stop)
		wg.Wait()
	}
	fmt.Println("took part")
}
