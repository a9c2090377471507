// run
// stress

// As many blocked system calls as there are goroutines: each has its thread, and the program goes on.
package main

import (
	"fmt"
	"sync"
	"syscall"
)

func main() {
	const n = 60
	var fds [n][2]int
	for i := range fds {
		if err := syscall.Pipe2(fds[i][:], 0); err != nil {
			fmt.Println(err)
			return
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for i := range fds {
		wg.Add(1)
		go func(fd int) {
			defer wg.Done()
			buf := make([]byte, 8)
			k, err := syscall.Read(fd, buf)
			if k != 2 || err != nil {
				fmt.Println(k, err)
			}
			mu.Lock()
			sum += int(buf[0]) + int(buf[1])
			mu.Unlock()
		}(fds[i][0])
	}
	for i := n - 1; i >= 0; i-- {
		syscall.Write(fds[i][1], []byte{byte(i), 1})
	}
	wg.Wait()
	fmt.Println(sum)
}
