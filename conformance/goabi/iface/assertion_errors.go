// run

// The texts of failed assertions, by what is missing.
package main

import (
	"fmt"
	"io"
	"runtime"
)

type plain struct{}

type half struct{}

func (half) Read([]byte) (int, error) { return 0, nil }

type ptr struct{}

func (*ptr) Close() error { return nil }

type myInt int

func try(name string, f func()) {
	defer func() {
		r := recover()
		err, isRuntime := r.(runtime.Error)
		_, isAssert := r.(*runtime.TypeAssertionError)
		fmt.Printf("%s: %v %v %v\n", name, err, isRuntime, isAssert)
	}()
	f()
}

func main() {
	var x interface{} = 5
	var r io.Reader = half{}
	var null interface{}
	var nilReader io.Reader
	try("other type", func() { _ = x.(string) })
	try("named type", func() { _ = x.(myInt) })
	try("nil", func() { _ = null.(int) })
	try("nil, with methods", func() { _ = nilReader.(half) })
	try("nil to interface", func() { _ = null.(io.Reader) })
	try("nil with methods to interface", func() { _ = nilReader.(io.Writer) })
	try("missing method", func() { _ = x.(fmt.Stringer) })
	try("missing one of two", func() { _ = r.(io.ReadWriter) })
	try("missing, empty struct", func() { _ = interface{}(plain{}).(error) })
	try("pointer receiver", func() { _ = interface{}(ptr{}).(io.Closer) })
	try("from interface with methods", func() { _ = r.(plain2) })
	try("pointer type", func() { _ = interface{}(&x).(*int) })
	try("composite", func() { _ = interface{}([]int{}).(map[string][2]bool) })
	try("functions", func() { _ = interface{}(main).(func(int) error) })
	try("struct", func() { _ = interface{}(struct{ a int }{}).(struct{ b int }) })
}

type plain2 struct{ half }
