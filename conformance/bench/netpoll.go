// run

// The network on loopback: latency of one connection, throughput of many, HTTP requests over connections that are kept, deadlines.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// bench prints the best of three rounds, in nanoseconds for each of n operations.
func bench(name string, n int, f func(n int)) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f(n)
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best.Nanoseconds())/float64(n))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// echo serves every connection from a goroutine of its own.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4096)
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

// pingpong sends and awaits n messages over each of the connections at the same time.
func pingpong(conns []net.Conn, n int) {
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Add(1)
		go func(c net.Conn) {
			defer wg.Done()
			buf := make([]byte, 64)
			for i := 0; i < n; i++ {
				_, err := c.Write(buf)
				check(err)
				_, err = io.ReadFull(c, buf)
				check(err)
			}
		}(c)
	}
	wg.Wait()
}

func dial(address string, n int) []net.Conn {
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", address)
		check(err)
		conns[i] = c
	}
	return conns
}

// get sends n requests over each of the connections at the same time.
func get(conns []net.Conn, n int) {
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Add(1)
		go func(c net.Conn) {
			defer wg.Done()
			r := bufio.NewReader(c)
			for i := 0; i < n; i++ {
				_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				check(err)
				resp, err := http.ReadResponse(r, nil)
				check(err)
				_, err = io.Copy(io.Discard, resp.Body)
				check(err)
			}
		}(c)
	}
	wg.Wait()
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go echo(l)
	one := dial(l.Addr().String(), 1)
	bench("net_echo_latency_1", 20_000, func(n int) { pingpong(one, n) })
	many := dial(l.Addr().String(), 500)
	bench("net_echo_throughput_500", 100_000, func(n int) { pingpong(many, n/500) })
	bench("net_accept_close", 2_000, func(n int) {
		for i := 0; i < n; i++ {
			c, err := net.Dial("tcp", l.Addr().String())
			check(err)
			c.Close()
		}
	})
	bench("net_set_deadline", 1_000_000, func(n int) {
		for i := 0; i < n; i++ {
			check(one[0].SetDeadline(time.Now().Add(time.Minute)))
		}
	})

	h, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(h, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
	few := dial(h.Addr().String(), 1)
	bench("net_http_keepalive_1", 10_000, func(n int) { get(few, n) })
	hundred := dial(h.Addr().String(), 100)
	bench("net_http_keepalive_100", 40_000, func(n int) { get(hundred, n/100) })

	r, w, err := os.Pipe()
	check(err)
	r2, w2, err := os.Pipe()
	check(err)
	go io.Copy(w2, r)
	bench("net_pipe_pingpong", 50_000, func(n int) {
		b := make([]byte, 1)
		for i := 0; i < n; i++ {
			_, err := w.Write(b)
			check(err)
			_, err = r2.Read(b)
			check(err)
		}
	})
}
