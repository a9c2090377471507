// run

// Named pipes: both ends meet, deadlines, a close under a reader.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	dir, err := os.MkdirTemp("", "fifo")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "f")
	check(syscall.Mkfifo(name, 0o600))
	go func() {
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		check(err)
		for i := 0; i < 3; i++ {
			fmt.Fprintf(w, "line %d\n", i)
			time.Sleep(2 * time.Millisecond)
		}
		check(w.Close())
	}()
	r, err := os.Open(name)
	check(err)
	all, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", all, err)
	check(r.Close())

	rw, err := os.OpenFile(name, os.O_RDWR, 0)
	check(err)
	check(rw.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	_, err = rw.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	done := make(chan error)
	check(rw.SetReadDeadline(time.Time{}))
	go func() { _, err := rw.Read(make([]byte, 1)); done <- err }()
	time.Sleep(2 * time.Millisecond)
	check(rw.Close())
	fmt.Println(errors.Is(<-done, os.ErrClosed))
}
