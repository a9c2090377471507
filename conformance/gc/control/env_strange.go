// run
// env: GOGC=many

// A GOGC that is no number counts as none: 100.
package main

import (
	"fmt"
	"runtime/debug"
)

func main() {
	fmt.Println(debug.SetGCPercent(-1))
}
