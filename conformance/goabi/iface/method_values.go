// run

// Method values bind their receiver when they are made; method expressions take it
// as the first argument.
package main

import (
	"fmt"
	"strings"
)

type vec struct{ x, y int }

func (v vec) Add(w vec) vec { return vec{v.x + w.x, v.y + w.y} }
func (v *vec) Scale(k int)  { v.x *= k; v.y *= k }
func (v vec) Sum(n ...int) (s int) {
	for _, k := range n {
		s += k
	}
	return s + v.x + v.y
}

type adder interface{ Add(vec) vec }

func main() {
	v := vec{1, 2}
	add, scale := v.Add, v.Scale
	v = vec{10, 20}
	fmt.Println(add(vec{5, 5}))
	scale(3)
	fmt.Println(v)

	plus := vec.Add
	pplus := (*vec).Add
	times := (*vec).Scale
	iplus := adder.Add
	times(&v, 2)
	fmt.Println(plus(v, vec{1, 1}), pplus(&v, vec{2, 2}), iplus(v, vec{3, 3}), vec.Sum(v, 1, 2, 3))
	fmt.Printf("%T %T %T\n", plus, times, iplus)

	var a adder = v
	bound := a.Add
	a = vec{}
	fmt.Println(bound(vec{}))
	for _, f := range []func(...int) int{v.Sum, vec{7, 7}.Sum} {
		fmt.Println(f(), f(1), f([]int{1, 2}...))
	}
	replace := strings.NewReplacer("a", "b").Replace
	fmt.Println(replace("banana"))

	try := func(f func()) {
		defer func() { fmt.Println(recover()) }()
		f()
	}
	try(func() { var p *vec; _ = p.Add })
	try(func() { var n adder; _ = n.Add })
	try(func() { var p *vec; g := p.Scale; g(1) })
}
