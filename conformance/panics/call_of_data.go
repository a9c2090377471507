// run

// A call of an address that is no code faults in the callee's name; the stack is
// whole from the caller on.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

var data [64]byte

//go:noinline
func jump(depth int) {
	if depth > 0 {
		jump(depth - 1)
		return
	}
	code := unsafe.Pointer(&data)
	f := unsafe.Pointer(&code)
	(*(*func())(unsafe.Pointer(&f)))()
}

func main() {
	debug.SetPanicOnFault(true)
	defer func() {
		fmt.Println(recover() != nil)
		pc := make([]uintptr, 32)
		frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				fmt.Println(f.Function)
			}
			if !more {
				return
			}
		}
	}()
	jump(3)
}
