// run
// stress
// timeout: 30

// Long clearing and copying of pointers while the collector marks reads what it overwrites. A fault there is the
// goroutine's, as one in the clearing and copying itself is.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

func main() {
	const n = 1 << 20
	m, err := syscall.Mmap(-1, 0, n, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	bad := unsafe.Slice((**int)(unsafe.Pointer(&m[0])), n/8)
	good := make([]*int, n/8)
	for i := range good {
		good[i] = new(int)
	}
	var stop atomic.Bool
	done := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
		}
		close(done)
	}()
	debug.SetPanicOnFault(true)
	faults := 0
	count := func(f func()) {
		defer func() {
			if recover() != nil {
				faults++
			}
		}()
		f()
	}
	for i := 0; i < 200; i++ {
		count(func() { clear(bad) })
		count(func() { copy(bad, good) })
		runtime.Gosched()
	}
	fmt.Println(faults)
	try("clear", func() { clear(bad) })
	try("copy", func() { copy(bad, good) })
	stop.Store(true)
	<-done
	runtime.KeepAlive(good)
}
