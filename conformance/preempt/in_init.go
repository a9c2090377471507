// run
// gomaxprocs: 1,2

// A package's initialisation loops until a goroutine that it started has run.
package main

import (
	"fmt"
	"sync/atomic"
)

var flag atomic.Bool

var x = wait()

func wait() int {
	go flag.Store(true)
	for !flag.Load() {
	}
	return 7
}

func init() {
	var other atomic.Bool
	go other.Store(true)
	for !other.Load() {
	}
	x++
}

func main() { fmt.Println(x) }
