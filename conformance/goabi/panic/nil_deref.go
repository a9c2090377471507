// run

// Nil pointers: reading, writing, fields near and far, arrays, methods, functions.
package main

import (
	"fmt"
	"runtime"
)

type inner struct{ a, b int }

type far struct {
	pad  [1 << 13]byte
	last int
	in   inner
}

type list struct {
	next *list
	v    int
}

func (l *list) sum() int {
	return l.v + l.next.sum()
}

var sink interface{}

func try(name string, f func()) {
	defer func() {
		r := recover()
		_, ok := r.(runtime.Error)
		fmt.Println(name+":", r, ok)
	}()
	f()
}

func main() {
	var p *int
	var q *inner
	var f *far
	var a *[1000]int
	var fn func(int) int
	var e error
	var m map[string]*inner
	var pp **int
	n := 5
	try("read", func() { sink = *p })
	try("write", func() { *p = 1 })
	try("field", func() { sink = q.b })
	try("field write", func() { q.b = 2 })
	try("copy", func() { sink = *q })
	try("far field", func() { sink = f.last })
	try("far nested write", func() { f.in.b = 1 })
	try("address of a far field", func() { sink = &f.in.b })
	try("array element", func() { sink = a[n] })
	try("array range", func() {
		for _, v := range a {
			sink = v
		}
	})
	try("array length", func() { sink = len(a); fmt.Print(sink, " ") })
	try("slice of array", func() { sink = a[1:3] })
	try("call", func() { fn(1) })
	try("interface method", func() { sink = e.Error() })
	try("through a map", func() { m["x"].a++ })
	try("pointer to pointer", func() { sink = **pp })
	l := &list{v: 1, next: &list{v: 2}}
	try("recursion", func() { sink = l.sum() })
	try("increment", func() { (*p)++ })
	try("assign large", func() { *f = far{} })
}
