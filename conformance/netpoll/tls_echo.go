// run

// TLS over the poller: a web server, and a quarter of a megabyte there and back.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.Version == tls.VersionTLS13, " ", r.URL.Path)
	}))
	defer srv.Close()
	for i := 0; i < 3; i++ {
		resp, err := srv.Client().Get(fmt.Sprint(srv.URL, "/", i))
		check(err)
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(string(b), err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: srv.TLS.Certificates})
	check(err)
	go func() {
		c, err := l.Accept()
		check(err)
		io.Copy(c, c)
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	t := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	data := make([]byte, 1<<18)
	go func() {
		t.Write(data)
		t.CloseWrite()
	}()
	n, err := io.Copy(io.Discard, t)
	fmt.Println(n, err)
}
