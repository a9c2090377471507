// run

// The resolver written in Go asks a server of this program: answers, absence, silence.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sort"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// serve answers each question with the address 192.0.2.7, and does not know names that begin with "no".
func serve(c net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		q := append([]byte(nil), buf[:n]...)
		end := 12
		for q[end] != 0 {
			end += int(q[end]) + 1
		}
		qtype := binary.BigEndian.Uint16(q[end+1:])
		question := q[12 : end+5]
		r := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
		switch {
		case string(q[13:15]) == "no":
			r[3] |= 3
		case qtype == 1:
			r[7] = 1
			r = append(r, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7)
		case qtype == 16:
			r[7] = 1
			r = append(r, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 6, 5, 'h', 'e', 'l', 'l', 'o')
		}
		c.WriteTo(r, from)
	}
}

func main() {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	go serve(server)
	r := &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", server.LocalAddr().String())
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(r.LookupHost(ctx, "example.test."))
	fmt.Println(r.LookupTXT(ctx, "example.test."))
	_, err = r.LookupHost(ctx, "nowhere.test.")
	dns, ok := err.(*net.DNSError)
	fmt.Println(ok && dns.IsNotFound)
	addrs, err := r.LookupHost(ctx, "localhost")
	sort.Strings(addrs)
	fmt.Println(len(addrs) > 0, err)

	// A server that does not answer.
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", silent.LocalAddr().String())
	}
	short, cancel2 := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel2()
	_, err = r.LookupHost(short, "example.test.")
	dns, ok = err.(*net.DNSError)
	fmt.Println(ok && dns.IsTimeout)
}
