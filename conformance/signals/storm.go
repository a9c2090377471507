// run

// Signals while goroutines allocate, grow their stacks and are collected.

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

func deep(n int) int {
	var room [64]int
	if n == 0 {
		return room[0]
	}
	return deep(n-1) + room[n%64] + 1
}

func main() {
	c := make(chan os.Signal, 100)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !stop.Load() {
				m := map[int][]byte{}
				for j := 0; j < 50; j++ {
					m[j] = make([]byte, j*10)
				}
				if deep(200) != 200 {
					panic("damage")
				}
				done := make(chan bool)
				go func() { deep(50); close(done) }()
				<-done
				runtime.Gosched()
			}
		}()
	}
	got := map[os.Signal]bool{}
	for i := 0; i < 2000; i++ {
		syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
		syscall.Kill(syscall.Getpid(), syscall.SIGUSR2)
		got[<-c] = true
	}
	stop.Store(true)
	wg.Wait()
	signal.Stop(c)
	fmt.Println(len(got))
}
