// run
// exit: 2

// SetFinalizer for what is not a pointer is fatal, and names the type.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(thing{}, func(thing) {})
}
