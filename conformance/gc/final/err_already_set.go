// run
// exit: 2

// A second finalizer for one object is fatal, unless the first was taken away.
package main

import (
	"fmt"
	"runtime"
)

type thing struct{ p *int }

var kept = map[string]*thing{}

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	t := new(thing)
	kept["t"] = t
	runtime.SetFinalizer(t, func(*thing) {})
	runtime.SetFinalizer(t, nil)
	runtime.SetFinalizer(t, func(*thing) {})
	fmt.Println("so far")
	runtime.SetFinalizer(t, func(*thing) {})
}
