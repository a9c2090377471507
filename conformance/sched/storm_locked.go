// run
// stress

// Goroutines locked to threads talk to goroutines that are not, and some end while locked, which ends
// their threads.
package main

import (
	"fmt"
	"runtime"
	"syscall"
)

func main() {
	done := make(chan int)
	const n = 24
	for g := 0; g < n; g++ {
		c, d := make(chan int), make(chan int)
		go func(g int) {
			if g%2 == 0 {
				runtime.LockOSThread()
			}
			id := syscall.Gettid()
			for v := range c {
				if g%2 == 0 && syscall.Gettid() != id {
					panic("a wired goroutine changed threads")
				}
				if g%3 == 0 {
					runtime.Gosched()
				}
				d <- v + 1
			}
			if g%4 == 0 {
				runtime.UnlockOSThread()
			}
			close(d)
		}(g)
		go func(g int) {
			if g%3 == 0 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			v := 0
			for i := 0; i < 30; i++ {
				c <- v
				v = <-d
			}
			close(c)
			<-d
			done <- v
		}(g)
	}
	sum := 0
	for g := 0; g < n; g++ {
		sum += <-done
	}
	fmt.Println(sum)
}
