// run

// Pipes have deadlines and are closed under a reader; files have none.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	r, w, err := os.Pipe()
	check(err)
	check(r.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	buf := make([]byte, 8)
	_, err = r.Read(buf)
	fmt.Println(err, errors.Is(err, os.ErrDeadlineExceeded))
	check(r.SetReadDeadline(time.Time{}))

	check(w.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)))
	n, err := w.Write(make([]byte, 1<<20))
	fmt.Println(n, errors.Is(err, os.ErrDeadlineExceeded))
	check(w.SetWriteDeadline(time.Time{}))
	_, err = io.CopyN(io.Discard, r, int64(n))
	fmt.Println(err)

	// Closing wakes what waits.
	done := make(chan error)
	go func() { _, err := r.Read(buf); done <- err }()
	time.Sleep(5 * time.Millisecond)
	check(r.Close())
	fmt.Println(errors.Is(<-done, os.ErrClosed))

	f, err := os.CreateTemp("", "file")
	check(err)
	defer os.Remove(f.Name())
	err = f.SetDeadline(time.Now())
	fmt.Println(errors.Is(err, os.ErrNoDeadline))
}
