// run
// env: GOMAXPROCS=1

// The network is looked at although the only processor never runs out of goroutines.
package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
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
	go func() {
		c, err := l.Accept()
		check(err)
		io.Copy(c, c)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	var done atomic.Bool
	go func() {
		for i := 0; i < 10; i++ {
			_, err := c.Write([]byte("x"))
			check(err)
			_, err = io.ReadFull(c, make([]byte, 1))
			check(err)
		}
		done.Store(true)
	}()
	// There is always something to run.
	go func() {
		for !done.Load() {
			runtime.Gosched()
		}
	}()
	for !done.Load() {
		runtime.Gosched()
	}
	fmt.Println("served")
}
