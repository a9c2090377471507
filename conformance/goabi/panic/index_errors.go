// run

// The texts of index errors: arrays, slices, strings; negative, unsigned, constant.
package main

import (
	"fmt"
	"runtime"
)

func try(name string, f func()) {
	defer func() {
		r := recover()
		_, ok := r.(runtime.Error)
		fmt.Println(name+":", r, ok)
	}()
	f()
}

var sink interface{}

func main() {
	s := []int{1, 2, 3}
	var a [5]string
	str := "text"
	var null []byte
	n, m, z := 3, -1, 0
	var u8 uint8 = 200
	var i8 int8 = -128
	var u64 uint64 = 1 << 63
	var i64 int64 = -1 << 63
	p := &a
	try("slice", func() { sink = s[n] })
	try("slice negative", func() { sink = s[m] })
	try("slice constant", func() { sink = s[7] })
	try("array", func() { sink = a[n+2] })
	try("array negative", func() { a[m] = "" })
	try("pointer to array", func() { sink = p[u8] })
	try("string", func() { sink = str[n+1] })
	try("string negative", func() { sink = str[i8] })
	try("nil slice", func() { sink = null[z] })
	try("uint64", func() { sink = s[u64] })
	try("int64", func() { sink = s[i64] })
	try("write", func() { s[u8]++ })
	try("nested", func() { sink = [][]int{{1}, {}}[1][z] })
	try("fine", func() { sink = s[2] })
	try("map of slices", func() { sink = map[string][]int{}["x"][z] })
}
