// run
// env: GOGC=off

// Mallocs counts each object, whatever the size.
package main

import (
	"fmt"
	"runtime"
)

type pair struct{ x, y *int }

var pairs [1000]*pair
var blocks [100]*[4096]byte
var big [3]*[100_000]byte

func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

func main() {
	mallocs(func() {})
	fmt.Println(mallocs(func() {
		for i := range pairs {
			pairs[i] = new(pair)
		}
	}))
	fmt.Println(mallocs(func() {
		for i := range blocks {
			blocks[i] = new([4096]byte)
		}
	}))
	fmt.Println(mallocs(func() {
		for i := range big {
			big[i] = new([100_000]byte)
		}
	}))
	fmt.Println(mallocs(func() {}))
}
