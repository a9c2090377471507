// run
// stress

// The pattern of os.File: a handle around the object that has the finalizer, closed by hand or, when it
// is forgotten, by the collector; never both.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type resource struct {
	fd     int
	closed bool
	name   string
}

type File struct{ *resource }

const n = 300

var closes [n]atomic.Int32
var early atomic.Int32

func open(fd int) *File {
	r := &resource{fd: fd, name: fmt.Sprint("file", fd)}
	runtime.SetFinalizer(r, (*resource).close)
	return &File{r}
}

func (r *resource) close() error {
	if r.closed || r.name != fmt.Sprint("file", r.fd) {
		return fmt.Errorf("%s is closed", r.name)
	}
	r.closed = true
	closes[r.fd].Add(1)
	runtime.SetFinalizer(r, nil)
	return nil
}

func (f *File) read() {
	if f.closed {
		early.Add(1)
	}
	runtime.GC()
	if closes[f.fd].Load() != 0 {
		early.Add(1)
	}
	runtime.KeepAlive(f)
}

//go:noinline
func use() {
	for fd := 0; fd < n; fd++ {
		f := open(fd)
		if fd%30 == 0 {
			f.read()
		}
		if fd%3 == 0 {
			if err := f.close(); err != nil {
				fmt.Println(err)
			}
			if f.close() == nil {
				fmt.Println("closed twice:", fd)
			}
		}
	}
}

func main() {
	use()
	total := func() (sum int) {
		for i := range closes {
			sum += int(closes[i].Load())
		}
		return sum
	}
	for i := 0; i < 500 && total() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	fmt.Println("closed:", total(), "early:", early.Load())
}
