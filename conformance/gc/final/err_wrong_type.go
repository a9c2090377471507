// run
// exit: 2

// A finalizer that cannot take the object is fatal, and both types are named.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

type other struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(new(thing), func(*other) {})
}
