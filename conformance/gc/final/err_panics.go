// run
// exit: 2

// A panic in a finalizer ends the program: no function of it can recover.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type thing struct{ name string }

//go:noinline
func drop() {
	runtime.SetFinalizer(&thing{"one"}, finalize)
}

func finalize(t *thing) {
	panic("finalizing " + t.name)
}

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	drop()
	for i := 0; i < 1000; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}
