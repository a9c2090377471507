// run
// exit: 2

// SetFinalizer for a nil pointer of some type is fatal.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

var none *thing

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	runtime.SetFinalizer(none, func(*thing) {})
}
