// run

// The texts of slicing errors: which bound, against what.
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
	s := make([]int, 3, 10)
	var a [5]byte
	str := "text"
	p := &a
	neg, two, four, six, twenty := -1, 2, 4, 6, 20
	var u uint = 1 << 40
	var i8 int8 = -5
	try("[:20] of cap 10", func() { sink = s[:twenty] })
	try("[4:] of len 3", func() { sink = s[four:] })
	try("[6:4]", func() { sink = s[six:four] })
	try("[-1:]", func() { sink = s[neg:] })
	try("[:-1]", func() { sink = s[:neg] })
	try("[2:4] beyond the length", func() { sink = s[two:four] })
	try("array [:6]", func() { sink = a[:six] })
	try("array [4:2]", func() { sink = a[four:two] })
	try("pointer [20:]", func() { sink = p[twenty:] })
	try("string [:6]", func() { sink = str[:six] })
	try("string [6:]", func() { sink = str[six:] })
	try("string [4:2]", func() { sink = str[four:two] })
	try("string [-5:]", func() { sink = str[i8:] })
	try("string [:huge]", func() { sink = str[:u] })
	try("[::20]", func() { sink = s[0:two:twenty] })
	try("[:4:2]", func() { sink = s[:four:two] })
	try("[6:4:10]", func() { sink = s[six:four:10] })
	try("[0:0:-1]", func() { sink = s[0:0:neg] })
	try("[-1:2:3]", func() { sink = s[neg:two:four] })
	try("array [::6]", func() { sink = a[two:four:six] })
	try("huge [u:]", func() { sink = s[u:] })
	try("fine", func() { sink = s[two:six:10] })
}
