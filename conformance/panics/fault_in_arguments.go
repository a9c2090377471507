// run

// With SetPanicOnFault, functions of package runtime that are given memory that cannot be read panic, and the program goes on.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"unsafe"
)

func main() {
	debug.SetPanicOnFault(true)
	room, err := syscall.Mmap(-1, 0, 1<<16, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	bad := unsafe.Pointer(&room[:1][0])
	try := func(name string, f func()) {
		defer func() {
			e, ok := recover().(interface{ Addr() uintptr })
			fmt.Println(name, ok && e.Addr() >= uintptr(bad) && e.Addr() < uintptr(bad)+1<<16)
		}()
		f()
	}
	try("ReadMemStats", func() { runtime.ReadMemStats((*runtime.MemStats)(bad)) })
	try("CallersFrames", func() { runtime.CallersFrames(unsafe.Slice((*uintptr)(bad), 3)).Next() })
	try("Frames", func() { (*runtime.Frames)(bad).Next() })
	try("Func", func() { (*runtime.Func)(bad).Name() })
	try("ThreadCreateProfile", func() { runtime.ThreadCreateProfile(unsafe.Slice((*runtime.StackRecord)(bad), 1000)) })
	// Last: it leaves official Go's lock taken.
	try("metrics.Read", func() { metrics.Read(unsafe.Slice((*metrics.Sample)(bad), 3)) })
}
