// run
// refused: runtime.allgs belongs to the tables of Go's scheduler, which Goxide does not offer

// A variable that is not there: the program must not find one of its own in its place.
package main

import (
	"fmt"
	"unsafe"
)

//go:linkname allgs runtime.allgs
var allgs []unsafe.Pointer

func main() {
	fmt.Println(len(allgs) > 0)
}
