// run

// Slices turned into arrays and array pointers: too short is an error.
package main

import (
	"fmt"
	"runtime"
)

func try(name string, f func() interface{}) {
	defer func() {
		if r := recover(); r != nil {
			_, ok := r.(runtime.Error)
			fmt.Println(name+":", r, ok)
		}
	}()
	fmt.Println(name+":", f())
}

func main() {
	s := []int{1, 2, 3}
	var null []int
	try("pointer", func() interface{} { return *(*[3]int)(s) })
	try("shorter pointer", func() interface{} { return *(*[2]int)(s[1:]) })
	try("array", func() interface{} { return [3]int(s) })
	try("too long", func() interface{} { return (*[4]int)(s) })
	try("too long array", func() interface{} { return [5]int(s[:2]) })
	try("capacity does not count", func() interface{} { return (*[3]int)(s[:2]) })
	try("nil to empty", func() interface{} { return (*[0]int)(null) == nil })
	try("empty to empty", func() interface{} { return (*[0]int)([]int{}) == nil })
	try("nil to one", func() interface{} { return (*[1]int)(null) })
	try("nil to empty array", func() interface{} { return [0]int(null) })
	p := (*[2]int)(s)
	p[0] = 100
	a := [2]int(s)
	a[1] = 200
	fmt.Println(s, a, &p[1] == &s[1])
}
