// run

// MakeFunc: functions made at run time, called directly with all kinds of arguments.
package main

import (
	"errors"
	"fmt"
	"reflect"
)

type record struct {
	id    int
	name  string
	score float64
}

func main() {
	// A generic swap.
	swap := func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[1], in[0]} }
	make2 := func(fptr interface{}) {
		fn := reflect.ValueOf(fptr).Elem()
		fn.Set(reflect.MakeFunc(fn.Type(), swap))
	}
	var ints func(int, int) (int, int)
	var mixed func(string, float64) (float64, string)
	var structs func(record, [3]byte) ([3]byte, record)
	make2(&ints)
	make2(&mixed)
	make2(&structs)
	fmt.Println(ints(1, 2))
	fmt.Println(mixed("s", 2.5))
	fmt.Println(structs(record{1, "one", 1.5}, [3]byte{7, 8, 9}))

	// More arguments than registers, and a closure around the implementation.
	calls := 0
	var long func(a, b, c, d, e, f, g, h, i, j, k int, x, y float32, s string, r record) (string, error)
	v := reflect.ValueOf(&long).Elem()
	v.Set(reflect.MakeFunc(v.Type(), func(in []reflect.Value) []reflect.Value {
		calls++
		text := ""
		for _, a := range in {
			text += fmt.Sprint(a, ";")
		}
		var err error
		if calls == 2 {
			err = errors.New("second call")
		}
		return []reflect.Value{reflect.ValueOf(text), reflect.ValueOf(&err).Elem()}
	}))
	for n := 0; n < 2; n++ {
		fmt.Println(long(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1.5, 2.5, "str", record{1, "r", 9.5}))
	}
	// Variadic, and made to panic.
	var variadic func(string, ...int) int
	v = reflect.ValueOf(&variadic).Elem()
	v.Set(reflect.MakeFunc(v.Type(), func(in []reflect.Value) []reflect.Value {
		if in[1].Len() == 0 {
			panic("no numbers for " + in[0].String())
		}
		return []reflect.Value{in[1].Index(in[1].Len() - 1)}
	}))
	fmt.Println(variadic("x", 1, 2, 3), calls)
	defer func() { fmt.Println(recover()) }()
	variadic("y")
}
