// The server that `cargo xtask soak` puts under load: HTTP, or HTTPS if its argument is "tls". It prints its address and
// ends with its standard input. /echo answers what it was sent, /stats what the process holds.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

func main() {
	log.SetOutput(io.Discard) // what clients that are killed leave behind
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Write(body)
	})
	http.HandleFunc("/stats", func(w http.ResponseWriter, r *http.Request) {
		debug.FreeOSMemory()
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		status, _ := os.ReadFile("/proc/self/status")
		resident := 0
		for _, line := range strings.Split(string(status), "\n") {
			fmt.Sscanf(line, "VmRSS: %d kB", &resident)
		}
		fmt.Fprintf(w, "goroutines %d\nfds %d\nresident %d\n", runtime.NumGoroutine(), len(fds), resident)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	if len(os.Args) > 1 && os.Args[1] == "tls" {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate()}})
	}
	go http.Serve(l, nil)
	io.Copy(io.Discard, os.Stdin)
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
