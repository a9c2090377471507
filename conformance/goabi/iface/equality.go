// run

// Comparing interfaces with each other and with values; types that cannot be compared
// panic only when it comes to that.
package main

import (
	"errors"
	"fmt"
	"math"
)

type pair struct {
	a int
	b interface{}
}

type e1 struct{ s string }

func (e e1) Error() string { return e.s }

func try(name string, f func() bool) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	fmt.Println(name, f())
}

func main() {
	var x, y interface{} = 1, 1
	fmt.Println(x == y, x == 1, x == int64(1), x == nil, x != "1")
	x, y = "ab", string([]byte{'a', 'b'})
	fmt.Println(x == y)
	x, y = pair{1, "b"}, pair{1, string([]byte{'b'})}
	fmt.Println(x == y, x == pair{1, 'b'})
	x, y = math.NaN(), math.NaN()
	fmt.Println(x == y, x == x)
	x, y = 0.0, math.Copysign(0, -1)
	fmt.Println(x == y)
	var err error = e1{"x"}
	fmt.Println(err == e1{"x"}, err == e1{"y"}, errors.New("x") == errors.New("x"), interface{}(err) == interface{}(e1{"x"}))
	var p1, p2 *pair
	fmt.Println(interface{}(p1) == interface{}(p2), interface{}(p1) == nil)

	f, s, m := func() {}, []int{1}, map[int]int{}
	try("func", func() bool { return interface{}(f) == interface{}(f) })
	try("slice", func() bool { return interface{}(s) == interface{}(s) })
	try("map", func() bool { return interface{}(m) == interface{}(m) })
	try("different types", func() bool { return interface{}(s) == interface{}(m) })
	try("inside a struct", func() bool { return pair{1, s} == pair{1, s} })
	try("decided before", func() bool { return pair{1, s} == pair{2, s} })
	try("array", func() bool { return [2]interface{}{1, f} == [2]interface{}{1, f} })
	try("array decided before", func() bool { return [2]interface{}{1, f} == [2]interface{}{2, f} })
	try("with nil", func() bool { return interface{}(s) == nil })
	try("struct type", func() bool { return interface{}(struct{ f []int }{}) == interface{}(struct{ f []int }{}) })
}
