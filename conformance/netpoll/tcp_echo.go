// run
// stress

// Many connections at once: each gets its own messages back, in order.
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
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := 0; i < 30; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			c, err := net.Dial("tcp", l.Addr().String())
			check(err)
			defer c.Close()
			for j := 0; j < 40; j++ {
				msg := fmt.Sprintf("%d/%d", i, j)
				_, err := io.WriteString(c, msg)
				check(err)
				buf := make([]byte, len(msg))
				n, err := io.ReadFull(c, buf)
				check(err)
				if string(buf) != msg {
					panic(string(buf))
				}
				mu.Lock()
				total += n
				mu.Unlock()
			}
		}(i)
	}
	wg.Wait()
	check(l.Close())
	fmt.Println(total)
}
