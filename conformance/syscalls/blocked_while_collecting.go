// run
// stress
// timeout: 20

// Collections go on while goroutines are blocked in the kernel, and what only their stacks know stays: pointers, and the buffer that the
// kernel writes to.
package main

import (
	"fmt"
	"runtime"
	"syscall"
)

type node struct {
	next *node
	n    int
}

func list(n int) (l *node) {
	for ; n > 0; n-- {
		l = &node{l, n}
	}
	return l
}

func main() {
	const n = 4
	var fds [n][2]int
	sums := make(chan int)
	for i := range fds {
		if err := syscall.Pipe2(fds[i][:], 0); err != nil {
			fmt.Println(err)
			return
		}
		go func(i int) {
			l := list(100 + i)
			buf := make([]byte, 16)
			k, _ := syscall.Read(fds[i][0], buf)
			sum := 0
			for ; l != nil; l = l.next {
				sum += l.n
			}
			for _, b := range buf[:k] {
				sum += int(b) * 1000000
			}
			sums <- sum
		}(i)
	}
	for round := 0; round < 5; round++ {
		runtime.GC()
		_ = list(10000)
	}
	total := 0
	for i := range fds {
		syscall.Write(fds[i][1], []byte{1, 2})
		runtime.GC()
		total += <-sums
	}
	fmt.Println(total)
}
