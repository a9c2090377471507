// run
// exit: 2

// A finalizer with two parameters cannot be called with the object alone.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(new(thing), func(*thing, int) {})
}
