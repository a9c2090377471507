// run
// exit: 2

// A fault where the runtime holds a channel's lock is no panic: the lock would never be released. Here reflect sends from memory that is not
// there.
package main

import (
	"os"
	"reflect"
	"runtime/debug"
	"syscall"
	"unsafe"
)

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
	debug.SetPanicOnFault(true)
	c := make(chan [100]byte, 1)
	reflect.ValueOf(c).Send(reflect.NewAt(reflect.TypeOf([100]byte{}), unsafe.Pointer(&b[0])).Elem())
	println("sent")
}
