// run
// exit: 2

// SetFinalizer for a field of an object, not its beginning, is fatal.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ a, b, c, d *int }

var kept *thing

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	kept = new(thing)
	runtime.SetFinalizer(&kept.c, func(**int) {})
}
