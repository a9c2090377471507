// run report.go

// HTTP servers and clients on loopback: requests over connections that are kept, their latency, what an idle connection holds, and
// TLS handshakes.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sort"
	"time"
)

const clients = 32

func get(c *http.Client, url string) {
	r, err := c.Get(url)
	must(err)
	_, err = io.Copy(io.Discard, r.Body)
	must(err)
	must(r.Body.Close())
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "Hello, world.\n")
	})}
	go server.Serve(l)
	url := "http://" + l.Addr().String() + "/"

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	latencies := make([][]time.Duration, clients)
	bench("http_keepalive", clients*400, func(n int) {
		together(clients, func(i int) {
			latencies[i] = latencies[i][:0]
			for j := 0; j < n/clients; j++ {
				start := time.Now()
				get(client, url)
				latencies[i] = append(latencies[i], time.Since(start))
			}
		})
	})
	var all []time.Duration
	for _, l := range latencies {
		all = append(all, l...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	fmt.Printf("http_p99 %d ns\n", all[len(all)*99/100].Nanoseconds())

	const idle = 1_500
	request := []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	buf := make([]byte, 4096)
	before := resident()
	conns := make([]net.Conn, idle)
	for i := range conns {
		conns[i], err = net.Dial("tcp", l.Addr().String())
		must(err)
		_, err = conns[i].Write(request)
		must(err)
		_, err = conns[i].Read(buf)
		must(err)
	}
	fmt.Printf("idle_connection %d bytes\n", (resident()-before)/idle)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(err)
	certificate := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	must(err)
	go func() {
		for {
			c, err := secure.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(io.Discard, c)
				c.Close()
			}()
		}
	}()
	bench("tls_handshake", 4*100, func(n int) {
		together(4, func(int) {
			for i := 0; i < n/4; i++ {
				c, err := tls.Dial("tcp", secure.Addr().String(), &tls.Config{InsecureSkipVerify: true})
				must(err)
				must(c.Close())
			}
		})
	})
}
