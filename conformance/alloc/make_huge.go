// run

// A slice that cannot be is a run-time error, not a crash.
package main

import (
	"fmt"
	"runtime"
)

func try(name string, f func()) {
	defer func() {
		r := recover()
		_, isRuntime := r.(runtime.Error)
		fmt.Println(name, "->", r, isRuntime)
	}()
	f()
}

func main() {
	neg, huge, three := -1, 1<<62, 3
	var s []int
	var b []byte
	try("negative length", func() { s = make([]int, neg) })
	try("huge length", func() { s = make([]int, huge) })
	try("huge bytes", func() { b = make([]byte, huge) })
	try("capacity below length", func() { s = make([]int, three, three-1) })
	try("negative capacity", func() { s = make([]int, 0, neg) })
	try("huge capacity", func() { s = make([]int, 1, huge) })
	try("fine", func() { s = make([]int, three, three) })
	fmt.Println(len(s), len(b))
}
