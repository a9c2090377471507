// run

// More descriptors become ready than one look at the kernel takes: each reader is woken.
package main

import (
	"fmt"
	"io"
	"net"
	"sync"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	const n = 300
	var wg sync.WaitGroup
	var servers []net.Conn
	var mu sync.Mutex
	sum := 0
	for i := 0; i < n; i++ {
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		s, err := l.Accept()
		check(err)
		servers = append(servers, s)
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer c.Close()
			b := make([]byte, 2)
			_, err := io.ReadFull(c, b)
			check(err)
			mu.Lock()
			sum += int(b[0])<<8 | int(b[1])
			mu.Unlock()
		}()
	}
	for i, s := range servers {
		_, err := s.Write([]byte{byte(i >> 8), byte(i)})
		check(err)
	}
	wg.Wait()
	fmt.Println(sum)
}
