// run
// env: GOGC=off

// What it costs to put values into interfaces: small integers, constants, zero values
// and pointers cost nothing.
package main

import (
	"fmt"
	"runtime"
)

var sink interface{}

type two struct{ a, b int }

func cost(name string, f func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	fmt.Println(name, after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc)
}

//go:noinline
func id[T any](v T) T { return v }

func main() {
	cost("warm-up", func() {})
	cost("int 255", func() { sink = id(255) })
	cost("int 256", func() { sink = id(256) })
	cost("byte", func() { sink = id(byte(200)) })
	cost("bool", func() { sink = id(true) })
	cost("uint16 7", func() { sink = id(uint16(7)) })
	cost("float 0", func() { sink = id(0.0) })
	cost("float 1.5", func() { sink = id(1.5) })
	cost("constant string", func() { sink = "constant" })
	cost("empty string", func() { sink = id("") })
	cost("string", func() { sink = id("made at run time") })
	cost("nil slice", func() { sink = id([]int(nil)) })
	cost("slice", func() { sink = id(make([]int, 0)) })
	cost("pointer", func() { sink = id(&sink) })
	cost("func", func() { sink = id(main) })
	cost("struct", func() { sink = id(two{1, 2}) })
	cost("empty struct", func() { sink = id(struct{}{}) })
}
