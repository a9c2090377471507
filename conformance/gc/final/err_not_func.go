// run
// exit: 2

// A finalizer that is no function is fatal.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(new(thing), 7)
}
