// run

// Datagrams: whole, empty, cut off; deadlines and closing.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	a, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	b, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	go func() {
		buf := make([]byte, 64)
		for {
			n, from, err := b.ReadFrom(buf)
			if err != nil {
				return
			}
			b.WriteTo(append([]byte("re: "), buf[:n]...), from)
		}
	}()
	buf := make([]byte, 64)
	for _, s := range []string{"one", "", "three"} {
		_, err := a.WriteTo([]byte(s), b.LocalAddr())
		check(err)
		n, from, err := a.ReadFrom(buf)
		fmt.Printf("%q %v %v\n", buf[:n], from.String() == b.LocalAddr().String(), err)
	}
	_, err = a.WriteTo([]byte("longer"), b.LocalAddr())
	check(err)
	n, _, err := a.ReadFrom(buf[:5])
	fmt.Printf("%q %v\n", buf[:n], err)
	check(a.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	_, _, err = a.ReadFrom(buf)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	b.Close()
	_, _, err = b.ReadFrom(buf)
	fmt.Println(errors.Is(err, net.ErrClosed))
}
