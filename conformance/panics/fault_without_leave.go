// run
// exit: 2

// The same without SetPanicOnFault: a conversion reads memory that is not there, and the program dies with the goroutine's trace.
package main

import (
	"os"
	"syscall"
)

//go:noinline
func convert(b []byte) string { return string(b) }

func main() {
	f, err := os.CreateTemp("", "cut")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	f.Truncate(1 << 20)
	b, err := syscall.Mmap(int(f.Fd()), 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	f.Truncate(0)
	println(len(convert(b[:1000])))
}
