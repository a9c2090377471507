// run

// Connections and pipes that come and go leave no descriptor behind.
package main

import (
	"fmt"
	"net"
	"os"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	before, err := os.ReadDir("/proc/self/fd")
	check(err)
	for i := 0; i < 100; i++ {
		done := make(chan bool)
		go func() {
			s, err := l.Accept()
			check(err)
			_, err = s.Read(make([]byte, 1))
			check(err)
			_, err = s.Write([]byte("y"))
			check(err)
			s.Close()
			close(done)
		}()
		c, err := net.Dial("tcp", l.Addr().String())
		check(err)
		c.Write([]byte("x"))
		c.Read(make([]byte, 1))
		c.Close()
		<-done
		r, w, err := os.Pipe()
		check(err)
		r.Close()
		w.Close()
	}
	after, err := os.ReadDir("/proc/self/fd")
	check(err)
	fmt.Println(len(after) - len(before))
}
