// run

// Commands from many goroutines at once, while others allocate and signals come.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

func main() {
	c := make(chan os.Signal, 10)
	signal.Notify(c, syscall.SIGCHLD, syscall.SIGUSR1)
	go func() {
		for range c {
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for i := 0; i < 8; i++ {
		i := i
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 5; j++ {
				syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
				out, err := exec.Command("echo", fmt.Sprint(i*5+j)).Output()
				n := 0
				fmt.Sscan(string(out), &n)
				if err != nil {
					panic(err)
				}
				mu.Lock()
				sum += n
				mu.Unlock()
				runtime.GC()
			}
		}()
	}
	wg.Wait()
	fmt.Println(sum)
}
