// run
// stress

// Deadlines set, moved and taken away by several goroutines while another reads: no wake-up is lost, none comes for nothing.
package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var reads atomic.Int64
	for round := 0; round < 12 || reads.Load() == 0; round++ {
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		s, err := l.Accept()
		check(err)
		var wg sync.WaitGroup
		done := make(chan bool)
		for i := 0; i < 3; i++ {
			wg.Add(1)
			go func(i int) {
				defer wg.Done()
				for j := 0; ; j++ {
					select {
					case <-done:
						return
					default:
					}
					switch i {
					case 0:
						c.SetDeadline(time.Now().Add(time.Duration(j%50) * time.Microsecond))
					case 1:
						c.SetReadDeadline(time.Time{})
						c.SetWriteDeadline(time.Now().Add(time.Second))
					case 2:
						s.Write([]byte{1})
						time.Sleep(10 * time.Microsecond)
					}
				}
			}(i)
		}
		stop := time.Now().Add(3 * time.Millisecond)
		for time.Now().Before(stop) {
			if _, err := c.Read(make([]byte, 1)); err == nil {
				reads.Add(1)
			}
		}
		close(done)
		wg.Wait()
		check(c.Close())
		check(s.Close())
	}
	fmt.Println(reads.Load() > 0)
}
