// run

// FuncForPC names functions, closures, methods, method values, generic functions.
package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

type t struct{ n int }

func (t) Value()    {}
func (*t) Pointer() {}

type embeds struct{ t }

func gen[T any]() {}

func plain() {}

var global = func() {}

func name(f interface{}) string {
	return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
}

func main() {
	x := 1
	local := func() { x++ }
	nested := func() func() { return func() { x++ } }()
	for _, f := range []interface{}{
		main, plain, global, local, nested, t.Value, (*t).Pointer, (*t).Value, embeds.Value,
		t{}.Value, (&t{}).Pointer, fmt.Println, strings.ToUpper, runtime.Gosched,
	} {
		fmt.Println(name(f))
	}
	fmt.Println(strings.HasPrefix(name(gen[int]), "main."))
	f := runtime.FuncForPC(reflect.ValueOf(plain).Pointer())
	file, line := f.FileLine(f.Entry())
	fmt.Println(filepath.Base(file), line, f.Entry() == reflect.ValueOf(plain).Pointer())
	fmt.Println(runtime.FuncForPC(0) == nil, runtime.FuncForPC(12345) == nil)
	fmt.Printf("%q\n", (*runtime.Func)(nil).Name())
	pc, _, _, _ := runtime.Caller(0)
	fmt.Println(runtime.FuncForPC(pc).Name())
}

func init() {
	defer func() {
		pc, _, _, _ := runtime.Caller(0)
		fmt.Println(runtime.FuncForPC(pc).Name())
	}()
	func() {
		pc, _, _, _ := runtime.Caller(0)
		fmt.Println(runtime.FuncForPC(pc).Name())
	}()
}
