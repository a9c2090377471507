// run
// exit: 2

// A variadic finalizer is refused.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(new(thing), func(...*thing) {})
}
