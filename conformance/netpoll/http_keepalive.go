// run
// stress

// A web server and its client over connections that are kept; shutting down waits for them.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
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
	var mu sync.Mutex
	opened := 0
	srv := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.Path, len(b))
		}),
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				mu.Lock()
				opened++
				mu.Unlock()
			}
		},
		ReadTimeout: 10 * time.Second,
		IdleTimeout: 10 * time.Second,
	}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	tr := &http.Transport{MaxIdleConnsPerHost: 4, MaxConnsPerHost: 4}
	client := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	var wg sync.WaitGroup
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 25; i++ {
				resp, err := client.Get(fmt.Sprintf("http://%s/%d/%d", l.Addr(), g, i))
				check(err)
				b, err := io.ReadAll(resp.Body)
				check(err)
				resp.Body.Close()
				if want := fmt.Sprintf("GET /%d/%d 0", g, i); string(b) != want {
					panic(string(b))
				}
			}
		}(g)
	}
	wg.Wait()
	mu.Lock()
	fmt.Println(opened < 50)
	mu.Unlock()
	check(srv.Shutdown(context.Background()))
	fmt.Println(<-done)
	_, err = client.Get("http://" + l.Addr().String())
	fmt.Println(err != nil)
}
