// run

// A nil map can be read, ranged over, cleared and deleted from, but not written to.
package main

import (
	"fmt"
	"runtime"
)

func try(f func()) {
	defer func() {
		r := recover()
		_, isRuntime := r.(runtime.Error)
		fmt.Println(r, isRuntime)
	}()
	f()
}

func main() {
	var m map[string][]int
	v, ok := m["x"]
	fmt.Println(m == nil, len(m), v == nil, ok)
	delete(m, "x")
	clear(m)
	for range m {
		fmt.Println("not reached")
	}
	try(func() { m["x"] = nil })
	try(func() { m["x"] = append(m["x"], 1) })
	var n map[int]int
	try(func() { n[1]++ })
	var p map[*int]struct{}
	try(func() { p[nil] = struct{}{} })
	var i map[interface{}]int
	try(func() { i["k"] = 1 })
	type inner struct{ m map[int64]bool }
	var s inner
	try(func() { s.m[5] = true })
	fmt.Println(len(m), len(n), len(p), fmt.Sprint(m), s.m[5])
	m = map[string][]int{}
	m["x"] = append(m["x"], 1, 2)
	fmt.Println(m, m == nil)
}
