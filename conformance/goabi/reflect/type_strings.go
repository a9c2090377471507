// run

// How types are called: builtin, named, composite, generic, local, anonymous.
package main

import (
	"fmt"
	"io"
	"reflect"
	"unsafe"
)

type generic[K comparable, V any] struct{ m map[K]V }

func (generic[K, V]) Method() {}

type enum uint8

type funcType func(a int, b ...string) (error, bool)

func main() {
	type local struct{ x int }
	for _, v := range []interface{}{
		1, "s", 'r', byte(1), 1i, uintptr(1), unsafe.Pointer(nil), enum(1), local{}, &local{}, funcType(nil),
		[]enum{}, [3]*local{}, map[enum][]local{}, make(chan<- (<-chan int)), make(chan (<-chan int)), func(int, ...interface{}) {},
		struct{}{}, struct {
			A int `tag:"x"`
			b []string
			enum
			*local
		}{}, generic[string, int]{}, generic[enum, generic[int, []local]]{}, new(interface {
			io.Reader
			hidden()
			Close() error
		}), new(error), new(any), new(io.ReadWriter), [0]func(){}, map[[2]int]struct{ s string }{},
	} {
		t := reflect.TypeOf(v)
		fmt.Printf("%v|%s|%v|%s|%d\n", t, t.Name(), t.Kind(), t.PkgPath(), t.Size())
	}
	fmt.Println(reflect.TypeOf(generic[int, string]{}).Method(0).Type)
	fmt.Println(reflect.TypeOf(nil) == nil, reflect.TypeOf((*error)(nil)).Elem().NumMethod())
	fmt.Printf("%T %T\n", main, fmt.Println)
}
