// run
// stress
// env: GOGC=1

// What only goroutines in the poller hold survives collections; their stacks shrink and grow.
package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

type node struct {
	next *node
	data [64]byte
}

func deep(n int, c net.Conn, buf []byte) *node {
	if n == 0 {
		_, err := io.ReadFull(c, buf)
		check(err)
		return nil
	}
	x := &node{next: deep(n-1, c, buf)}
	x.data[0] = byte(n)
	return x
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var wg sync.WaitGroup
	var servers []net.Conn
	for i := 0; i < 20; i++ {
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		s, err := l.Accept()
		check(err)
		servers = append(servers, s)
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			// The buffer is reachable from the waiting goroutine's stack alone.
			buf := make([]byte, 100)
			list := deep(i*5, c, buf)
			n := 0
			for ; list != nil; list = list.next {
				n++
			}
			for _, b := range buf {
				if int(b) != i {
					panic(b)
				}
			}
			if n != i*5 {
				panic(n)
			}
		}(i)
	}
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	for i, s := range servers {
		b := make([]byte, 100)
		for j := range b {
			b[j] = byte(i)
		}
		_, err := s.Write(b)
		check(err)
		runtime.GC()
	}
	wg.Wait()
	fmt.Println("all kept")
}
