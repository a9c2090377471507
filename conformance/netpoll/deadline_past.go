// run
// stress

// A deadline in the past ends a read that waits, and one that is about to wait.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// What nothing else holds would be closed when it is collected.
var keep []net.Conn

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
	keep = append(keep, s)
	for i := 0; i < 100; i++ {
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := c.Read(make([]byte, 1))
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				panic(err)
			}
		}()
		if i%2 == 0 {
			time.Sleep(50 * time.Microsecond)
		}
		check(c.SetDeadline(time.Unix(1, 0)))
		wg.Wait()
		check(c.SetDeadline(time.Time{}))
	}
	fmt.Println("each ended")
}
