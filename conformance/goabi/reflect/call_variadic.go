// run

// Variadic functions by reflection, and what is wrong with a call.
package main

import (
	"fmt"
	"reflect"
	"strings"
)

func join(sep string, parts ...string) string { return strings.Join(parts, sep) }

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name+":", r)
		}
	}()
	f()
}

func values(args ...interface{}) (v []reflect.Value) {
	for _, a := range args {
		v = append(v, reflect.ValueOf(a))
	}
	return
}

func main() {
	j := reflect.ValueOf(join)
	fmt.Println(j.Call(values("-", "a", "b", "c"))[0], j.Call(values("-"))[0].Len())
	fmt.Println(j.CallSlice(values("+", []string{"x", "y"}))[0], j.Type().IsVariadic())
	fmt.Println(reflect.ValueOf(fmt.Sprint).Call(values(1, "two", 3.5, true))[0])
	fmt.Println(reflect.ValueOf(fmt.Sprintf).CallSlice(values("%v|%v", []interface{}{1, nil}))[0])
	try("too few", func() { j.Call(nil) })
	try("wrong type", func() { j.Call(values(1)) })
	try("wrong type in the list", func() { j.Call(values("-", 2)) })
	plain := reflect.ValueOf(func(int) {})
	try("too many", func() { plain.Call(values(1, 2)) })
	try("not variadic", func() { plain.CallSlice(values([]int{1})) })
	try("nil function", func() { reflect.ValueOf((func())(nil)).Call(nil) })
	try("no function", func() { reflect.ValueOf(5).Call(nil) })
	try("zero value", func() { plain.Call([]reflect.Value{{}}) })
	try("panic inside", func() { reflect.ValueOf(func() { panic("from inside") }).Call(nil) })
}
