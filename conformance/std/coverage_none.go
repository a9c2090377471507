// run

// A program that was not built for coverage gets an error that says so.
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
