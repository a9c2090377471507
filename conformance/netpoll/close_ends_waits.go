// run
// stress

// Close ends an Accept, a Read and a Write that wait, or are about to.
package main

import (
	"errors"
	"fmt"
	"net"
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
	for i := 0; i < 20; i++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		s, err := l.Accept()
		check(err)
		keep = append(keep, s)
		errs := make(chan error, 3)
		go func() { _, err := l.Accept(); errs <- err }()
		go func() { _, err := c.Read(make([]byte, 1)); errs <- err }()
		go func() { _, err := c.Write(make([]byte, 32<<20)); errs <- err }()
		time.Sleep(time.Duration(i%4) * 500 * time.Microsecond)
		check(c.Close())
		check(l.Close())
		for j := 0; j < 3; j++ {
			if err := <-errs; !errors.Is(err, net.ErrClosed) {
				panic(err)
			}
		}
		fmt.Println(c.Close() != nil, c.SetDeadline(time.Now()) != nil)
	}
}
