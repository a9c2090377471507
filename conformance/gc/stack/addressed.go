// run
// stress

// Objects that only variables on the stack point to, when these variables are themselves reached only by
// pointers to the stack: arrays, structs, captured variables, and interfaces that hold pointers to the stack.
package main

import (
	"fmt"
	"runtime"
)

type box struct {
	id    int
	check string
}

type local struct {
	pad [3]int
	b   *box
	s   []*box
	any any
	m   map[int]*box
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &box{-1, "rubbish"}
		sink = make([]*box, 2)
	}
}

func fresh(id int) *box { return &box{id, fmt.Sprint("box", id)} }

//go:noinline
func (b *box) good(id int) bool { return b.id == id && b.check == fmt.Sprint("box", id) }

//go:noinline
func fill(l *local, id int) {
	l.b, l.s, l.any, l.m = fresh(id), []*box{nil, fresh(id + 1)}, fresh(id+2), map[int]*box{0: fresh(id + 3)}
}

//go:noinline
func check(l *local, id int) bool {
	return l.b.good(id) && l.s[1].good(id+1) && l.any.(*box).good(id+2) && l.m[0].good(id+3)
}

//go:noinline
func through(p *[4]*box, q **box, f func() *box) bool {
	churn()
	return p[0].good(0) && p[3].good(3) && (*q).good(4) && f().good(5)
}

//go:noinline
func dynamic(locals []local, i int) *local { return &locals[i] }

func main() {
	bad := 0
	test := func(ok bool) {
		if !ok {
			bad++
		}
	}
	var arr [4]*box
	arr[0], arr[3] = fresh(0), fresh(3)
	q, captured := fresh(4), fresh(5)
	test(through(&arr, &q, func() *box { captured, q = fresh(5), q; return captured }))
	churn()
	test(captured.good(5) && q.good(4))

	var locals [6]local
	for i := range locals {
		fill(dynamic(locals[:], i), 10*i)
		churn()
	}
	for i := range locals {
		test(check(&locals[i], 10*i))
	}
	copied := locals
	locals = [6]local{}
	churn()
	for i := range copied {
		test(check(&copied[i], 10*i))
	}
	p := &copied[2]
	pp := &p
	fill(*pp, 70)
	churn()
	test(check(*pp, 70))
	// A variable that is alive in one part of its life only.
	for i := 0; i < 5; i++ {
		var l local
		if i%2 == 0 {
			fill(&l, i)
		}
		churn()
		if i%2 == 0 {
			test(check(&l, i))
		} else {
			test(l.b == nil && l.s == nil && l.any == nil && l.m == nil)
		}
	}
	fmt.Println("bad:", bad)
}
