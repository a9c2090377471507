// run

// Keys without a hash: the panic comes when the map is asked, even if it is empty.
package main

import (
	"fmt"
	"runtime"
)

type holder struct {
	n int
	v interface{}
}

func try(name string, f func()) {
	defer func() {
		r := recover()
		_, isRuntime := r.(runtime.Error)
		fmt.Printf("%s: %v %v\n", name, r, isRuntime)
	}()
	f()
}

func main() {
	m := map[interface{}]int{}
	var null map[interface{}]int
	h := map[holder]int{{1, 2}: 3}
	a := map[[2]interface{}]int{}
	try("slice", func() { m[[]int{1}] = 1 })
	try("map", func() { _ = m[map[int]int{}] })
	try("func", func() { _, _ = m[func() {}] })
	try("delete", func() { delete(m, []string(nil)) })
	try("nil map", func() { _ = null[[]byte("x")] })
	try("inside a struct", func() { h[holder{1, []int{}}]++ })
	try("inside an array", func() { a[[2]interface{}{1, func() {}}] = 1 })
	try("struct with a slice", func() { m[struct{ s []int }{}] = 1 })
	try("deep", func() { m[holder{1, holder{2, []float64{}}}] = 1 })
	try("pointer to a slice is fine", func() { m[&[]int{}] = 1 })
	fmt.Println(len(m), len(h), len(a))
}
