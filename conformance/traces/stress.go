// run taken.go
// stress
// gomaxprocs: 1,2,4
// timeout: 60

// Traces are consistent whatever goroutines do: channels, mutexes, timers, system calls, yields, collections, threads of their own.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	stop := make(chan bool)
	var wg sync.WaitGroup
	forever := func(f func()) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
					f()
				}
			}
		}()
	}
	var mu sync.Mutex
	c := make(chan int)
	var fds [2]int
	syscall.Pipe(fds[:])
	go func() {
		var b [8]byte
		syscall.Read(fds[0], b[:])
	}()
	for i := 0; i < 2; i++ {
		forever(func() {
			mu.Lock()
			runtime.Gosched()
			mu.Unlock()
		})
		forever(func() {
			select {
			case c <- 1:
			case <-c:
			case <-time.After(time.Millisecond):
			}
		})
		forever(func() { time.Sleep(50 * time.Microsecond) })
		forever(func() { syscall.Getppid() })
		forever(func() {
			var inner sync.WaitGroup
			for i := 0; i < 5; i++ {
				inner.Add(1)
				go inner.Done()
			}
			inner.Wait()
		})
	}
	forever(func() {
		runtime.GC()
		time.Sleep(time.Millisecond)
	})
	forever(func() {
		runtime.LockOSThread()
		runtime.Gosched()
		runtime.UnlockOSThread()
	})
	for i := 0; i < 3; i++ {
		events := taken(func() { time.Sleep(10 * time.Millisecond) })
		if len(events) < 10 {
			fmt.Println("too few")
		}
	}
	close(stop)
	wg.Wait()
	syscall.Write(fds[1], []byte("x"))
	fmt.Println("consistent")
}
