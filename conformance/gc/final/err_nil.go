// run
// exit: 2

// SetFinalizer without an object is fatal.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(nil, func(*thing) {})
}
