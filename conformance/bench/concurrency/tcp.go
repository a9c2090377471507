// run report.go

// Echo over TCP on loopback: the latency of one connection, the throughput of five hundred.
package main

import (
	"io"
	"net"
)

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 1024)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}

func echo(c net.Conn, buf []byte) {
	_, err := c.Write(buf)
	must(err)
	_, err = io.ReadFull(c, buf)
	must(err)
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go serve(l)
	conns := make([]net.Conn, 500)
	for i := range conns {
		conns[i], err = net.Dial("tcp", l.Addr().String())
		must(err)
	}
	bench("tcp_echo_1", 20_000, func(n int) {
		buf := make([]byte, 64)
		for i := 0; i < n; i++ {
			echo(conns[0], buf)
		}
	})
	bench("tcp_echo_500", 500*100, func(n int) {
		together(len(conns), func(i int) {
			buf := make([]byte, 64)
			for j := 0; j < n/len(conns); j++ {
				echo(conns[i], buf)
			}
		})
	})
}
