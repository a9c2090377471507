// run
// stress

// Finalizers for package variables, and for what they were initialized with, are accepted and never run.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	n int
	p *thing
}

var filled = thing{n: 7}
var zeroed thing
var number = 8
var plain [100]byte
var literal = &thing{n: 9, p: &thing{n: 10}}
var mark atomic.Int32
var ran atomic.Int32

//go:noinline
func sentinel() {
	runtime.SetFinalizer(&thing{}, func(*thing) { mark.Add(1) })
}

func main() {
	runtime.SetFinalizer(&filled, func(*thing) { ran.Add(1) })
	runtime.SetFinalizer(&zeroed, func(*thing) { ran.Add(1) })
	runtime.SetFinalizer(&number, func(*int) { ran.Add(1) })
	runtime.SetFinalizer(&plain, func(*[100]byte) { ran.Add(1) })
	runtime.SetFinalizer(literal, func(*thing) { ran.Add(1) })
	runtime.SetFinalizer(literal.p, func(*thing) { ran.Add(1) })
	runtime.SetFinalizer(literal, func(*thing) { ran.Add(1) }) // not remembered, so not set twice
	literal.p = nil
	for round := int32(1); round <= 3; round++ {
		sentinel()
		for i := 0; i < 500 && mark.Load() < round; i++ {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println(mark.Load(), ran.Load(), filled.n, literal.n, number)
}
