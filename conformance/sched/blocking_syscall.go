// run
// gomaxprocs: 2

// Goroutines in blocking system calls do not keep the others from running, even with
// one processor: only the others can end the calls here.
package main

import (
	"fmt"
	"runtime"
	"syscall"
)

func main() {
	runtime.GOMAXPROCS(1)
	const n = 3
	var pipes [n][2]int
	got := make(chan byte)
	entered := make(chan bool)
	for i := range pipes {
		if err := syscall.Pipe2(pipes[i][:], 0); err != nil {
			fmt.Println(err)
			return
		}
		go func(fd int) {
			buf := make([]byte, 1)
			entered <- true
			k, err := syscall.Read(fd, buf)
			if k != 1 || err != nil {
				fmt.Println(k, err)
			}
			got <- buf[0]
		}(pipes[i][0])
	}
	for range pipes {
		<-entered
	}
	progress := make(chan int)
	go func() {
		steps := 0
		for ; steps < 100; steps++ {
			runtime.Gosched()
		}
		progress <- steps
	}()
	fmt.Println("steps of another goroutine:", <-progress)
	for i := n - 1; i >= 0; i-- {
		if _, err := syscall.Write(pipes[i][1], []byte{'a' + byte(i)}); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%c\n", <-got)
	}
}
