// run

// Timeouts of a web server and of its client.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
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
	srv := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { time.Sleep(100 * time.Millisecond) }),
		ReadHeaderTimeout: 30 * time.Millisecond,
		IdleTimeout:       30 * time.Millisecond,
	}
	go srv.Serve(l)
	// A header that never ends.
	// The server's time runs from when it accepts the connection, which may be before Dial returns.
	start := time.Now()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
	all, err := io.ReadAll(c)
	// Where the write came later than the server's patience, the kernel answers it with a reset.
	fmt.Println(len(all), err == nil || errors.Is(err, syscall.ECONNRESET), time.Since(start) >= 30*time.Millisecond)
	// A client that is less patient than the server is fast.
	client := &http.Client{Timeout: 20 * time.Millisecond}
	_, err = client.Get("http://" + l.Addr().String())
	ne, ok := err.(net.Error)
	fmt.Println(ok && ne.Timeout())
}
