// run
// env: GODEBUG=cgroupmemlimit=1 GOMEMLIMIT=100MiB

// GOMEMLIMIT comes before the limit of control groups, which is asked for here.
package main

import (
	"fmt"
	"runtime/debug"
)

func main() { fmt.Println(debug.SetMemoryLimit(-1)) }
