// run

// A program that was not built for coverage is told so.
package main

import (
	"fmt"
	"io"
	"runtime/coverage"
)

func main() {
	fmt.Println(coverage.WriteMeta(io.Discard))
	fmt.Println(coverage.WriteCounters(io.Discard))
	fmt.Println(coverage.ClearCounters())
}
