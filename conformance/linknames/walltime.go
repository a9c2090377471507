//go:build arm64

// run

// Go 1.21 has this function on arm64 only.
package main

import (
	"fmt"
	"time"
	_ "unsafe"
)

//go:linkname walltime runtime.walltime
func walltime() (sec int64, nsec int32)

func main() {
	before := time.Now()
	sec, nsec := walltime()
	after := time.Now()
	t := time.Unix(sec, int64(nsec))
	fmt.Println(!t.Before(before.Round(0)), !t.After(after.Round(0)))
}
