// run
// stress

// Values on their way between functions: many arguments and results in registers and on the stack, when
// the callee collects before it has used them.
package main

import (
	"fmt"
	"runtime"
)

type box struct{ id, check int }

type trio struct {
	a, b *box
	s    string
}

var sink any
var bad int

func churn() {
	runtime.GC()
	for i := 0; i < 500; i++ {
		sink = &box{-1, -1}
		sink = &trio{}
	}
}

func fresh(id int) *box { return &box{id, ^id} }

func check(id int, boxes ...*box) {
	for i, b := range boxes {
		if b.id != id+i || b.check != ^b.id {
			bad++
		}
	}
}

//go:noinline
func args(a *box, n int, b *box, f float64, c, d, e, g, h, i *box, s string, t trio, j, k *box) (*box, string, *box, trio, error) {
	churn()
	check(0, a, b, c, d, e, g, h, i, j, k, t.a, t.b)
	return fresh(n), s + t.s, a, trio{k, j, fmt.Sprint(f)}, fmt.Errorf("error %d", n)
}

//go:noinline
func variadic(first *box, rest ...any) []any {
	churn()
	return append([]any{first}, rest...)
}

//go:noinline
func large(x [20]*box) [20]*box {
	churn()
	x[0], x[19] = x[19], x[0]
	return x
}

type iface interface {
	method(a, b *box, s []*box) (*box, []*box)
}

func (t trio) method(a, b *box, s []*box) (*box, []*box) {
	churn()
	check(1, t.a, t.b)
	return b, append(s, a)
}

func tail(n int, b *box, f func(*box) *box) *box {
	if n == 0 {
		churn()
		return f(b)
	}
	return tail(n-1, &box{b.id, b.check}, func(x *box) *box { return f(&box{x.id + 1, x.check - 1}) })
}

func main() {
	r, s, a, t, err := args(fresh(0), 7, fresh(1), 1.5, fresh(2), fresh(3), fresh(4), fresh(5), fresh(6), fresh(7),
		fmt.Sprint("s", 1), trio{fresh(10), fresh(11), fmt.Sprint("t", 2)}, fresh(8), fresh(9))
	churn()
	check(7, r)
	check(0, a)
	check(8, t.b, t.a)
	fmt.Println(s, t.s, err)

	rest := variadic(fresh(0), fresh(1), fmt.Sprint("two"), 3, *fresh(4))
	churn()
	check(0, rest[0].(*box), rest[1].(*box))
	fmt.Println(rest[2:])

	var x [20]*box
	for i := range x {
		x[i] = fresh(i)
	}
	y := large(large(x))
	churn()
	check(0, y[:]...)

	var i iface = trio{fresh(1), fresh(2), ""}
	b, list := i.method(fresh(3), fresh(4), []*box{fresh(1), fresh(2)})
	churn()
	check(4, b)
	check(1, list...)
	check(50, tail(50, fresh(0), func(b *box) *box { return b }))
	m := map[*box]*box{}
	k := fresh(5)
	m[k], m[fresh(6)] = fresh(7), k
	churn()
	check(7, m[k])
	fmt.Println("bad:", bad)
}
