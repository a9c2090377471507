// run
// stress

// Deep calls before and after a system call, on a stack that grows in between: the call's buffer lies on that stack.
package main

import (
	"fmt"
	"sync"
	"syscall"
)

func deep(n, fd int) int {
	var pad [40]byte
	pad[n%40] = byte(n)
	if n == 0 {
		var b [1]byte
		k, err := syscall.Read(fd, b[:])
		if err != nil {
			return -1000
		}
		return k + int(b[0])
	}
	return deep(n-1, fd) + int(pad[n%40])
}

func main() {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		fmt.Println(err)
		return
	}
	var wg sync.WaitGroup
	results := make([]int, 8)
	for i := range results {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			results[i] = deep(50*(i+1), fds[0])
		}(i)
	}
	for range results {
		syscall.Write(fds[1], []byte{7})
	}
	wg.Wait()
	total := 0
	for i, r := range results {
		total += r
		if r < 50*i {
			fmt.Println(i, r)
		}
	}
	fmt.Println(total)
}
