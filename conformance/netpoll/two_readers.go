// run
// stress

// Several goroutines read from one connection, and several write to it: each byte arrives once.
package main

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	s, err := l.Accept()
	check(err)
	var readers, writers sync.WaitGroup
	var total atomic.Int64
	for i := 0; i < 4; i++ {
		readers.Add(1)
		writers.Add(1)
		go func() {
			defer readers.Done()
			b := make([]byte, 7)
			for {
				n, err := c.Read(b)
				total.Add(int64(n))
				if err == io.EOF {
					return
				}
				check(err)
			}
		}()
		go func() {
			defer writers.Done()
			for j := 0; j < 50; j++ {
				_, err := s.Write(make([]byte, 10))
				check(err)
			}
		}()
	}
	writers.Wait()
	check(s.Close())
	readers.Wait()
	fmt.Println(total.Load())
}
