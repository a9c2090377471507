// run
// stress

// Descriptors whose numbers are used again at once do not hear of what happened to the one before.
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
				// What is left unread, or comes while the client closes, is an event on its way.
				b := make([]byte, 4)
				for {
					if _, err := io.ReadFull(c, b); err != nil {
						c.Close()
						return
					}
					c.Write(append(b, "tail"...))
				}
			}()
		}
	}()
	var wg sync.WaitGroup
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 60; i++ {
				c, err := net.Dial("tcp", l.Addr().String())
				check(err)
				want := fmt.Sprintf("%04d", g*100+i)
				_, err = io.WriteString(c, want)
				check(err)
				got := make([]byte, 4)
				_, err = io.ReadFull(c, got)
				check(err)
				if string(got) != want {
					panic(string(got) + " for " + want)
				}
				c.Close()
			}
		}(g)
	}
	wg.Wait()
	fmt.Println("each read its own")
}
