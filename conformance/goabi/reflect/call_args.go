// run

// Reflected calls with more arguments than there are registers: integers, floats,
// strings, structs, arrays and interfaces mixed.
package main

import (
	"fmt"
	"reflect"
)

type small struct {
	a byte
	f float32
	s string
}

type large struct{ v [9]int64 }

func ints(a int8, b uint16, c int32, d uint64, e int, f byte, g int64, h uint, i int16, j rune, k uintptr, l int) string {
	return fmt.Sprint(a, b, c, d, e, f, g, h, i, j, k, l)
}

func floats(a, b, c, d, e, f, g, h float64, i, j, k, l, m, n, o, p float32, q float64) float64 {
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + float64(i+j+k+l+m+n+o+p) + q*1000
}

func mixed(a int, s small, x float64, l large, t string, c complex128, arr [1]int, e error, none struct{}, f func() int, list []int) string {
	return fmt.Sprint(a, s, x, l.v[8], t, c, arr, e, none, f(), list)
}

func call(f interface{}, args ...interface{}) {
	var in []reflect.Value
	for i, a := range args {
		if a == nil {
			in = append(in, reflect.Zero(reflect.TypeOf(f).In(i)))
			continue
		}
		in = append(in, reflect.ValueOf(a))
	}
	for _, out := range reflect.ValueOf(f).Call(in) {
		fmt.Println(out)
	}
}

func main() {
	call(ints, int8(-1), uint16(2), int32(-3), uint64(4), 5, byte(6), int64(-7), uint(8), int16(-9), 'x', uintptr(11), 12)
	call(floats, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, float32(1), float32(2), float32(3), float32(4), float32(5), float32(6), float32(7), float32(8), 9.0)
	call(mixed, 1, small{2, 2.5, "s"}, -1.25, large{[9]int64{8: 88}}, "text", 1+2i, [1]int{7}, nil, struct{}{}, func() int { return 42 }, []int{1, 2})
	call(func() {}, []interface{}{}...)
	call(func(a, b large) (large, string) { a.v[0] += b.v[0]; return a, "second" }, large{[9]int64{1}}, large{[9]int64{2}})
}
