// run
// stress

// Structs with pointers at all sorts of places, alone and in slices, of sizes that do and do not fill
// their size class.
package main

import (
	"fmt"
	"runtime"
)

type p = *int

type (
	s1 struct {
		a byte
		p p
	}
	s2 struct {
		a, b int
		p    p
	}
	s3 struct {
		p p
		a [3]int
		q p
		b int32
	}
	s4 struct {
		a [6]byte
		s string
		f float64
		i any
		m map[int]p
	}
	s5 struct {
		x [2]s1
		y struct{ u, v s2 }
		c chan int
		f func() int
	}
	s6 struct {
		a [9]int
		p p
		b [3]s1
		q p
	}
	s7 struct {
		a [63]int
		p p // the last word of 512 bytes
	}
	s8 struct {
		_ [0]p
		a uint16
		b struct{}
		p p
		_ p
		t [5]struct {
			n int8
			p p
		}
	}
)

var sink any

func number(i int) p { n := i; return &n }

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		q := number(-i)
		sink, sink, sink, sink = &s1{p: q}, &s2{p: q}, &s3{p: q, q: q}, &s4{i: q}
		sink, sink, sink, sink = &s5{}, &s6{p: q, q: q}, &s7{p: q}, &s8{p: q}
	}
}

func test[T any](name string, set func(*T, int), good func(*T, int) bool) {
	const n = 200
	var alone [n]*T
	list := make([]T, n)
	var grown []T
	for i := 0; i < n; i++ {
		alone[i] = new(T)
		set(alone[i], i)
		set(&list[i], i+1)
		var t T
		set(&t, i+2)
		grown = append(grown, t)
	}
	churn()
	churn()
	wrong := 0
	for i := 0; i < n; i++ {
		if !good(alone[i], i) || !good(&list[i], i+1) || !good(&grown[i], i+2) {
			wrong++
		}
	}
	fmt.Println(name, "wrong:", wrong)
}

func main() {
	test("s1", func(t *s1, i int) { *t = s1{1, number(i)} }, func(t *s1, i int) bool { return *t.p == i })
	test("s2", func(t *s2, i int) { *t = s2{1, 2, number(i)} }, func(t *s2, i int) bool { return *t.p == i })
	test("s3", func(t *s3, i int) { t.p, t.q = number(i), number(-i) }, func(t *s3, i int) bool { return *t.p == i && *t.q == -i })
	test("s4", func(t *s4, i int) { t.s, t.i, t.m = fmt.Sprint(i), number(i), map[int]p{i: number(i)} },
		func(t *s4, i int) bool { return t.s == fmt.Sprint(i) && *t.i.(p) == i && *t.m[i] == i })
	test("s5", func(t *s5, i int) { t.x[1].p, t.y.v.p, t.f = number(i), number(i), func() int { return i } },
		func(t *s5, i int) bool { return *t.x[1].p == i && *t.y.v.p == i && t.f() == i })
	test("s6", func(t *s6, i int) { t.p, t.b[2].p, t.q = number(i), number(i), number(i) },
		func(t *s6, i int) bool { return *t.p == i && *t.b[2].p == i && *t.q == i })
	test("s7", func(t *s7, i int) { t.p = number(i) }, func(t *s7, i int) bool { return *t.p == i })
	test("s8", func(t *s8, i int) { t.p, t.t[0].p, t.t[4].p = number(i), number(i), number(i) },
		func(t *s8, i int) bool { return *t.p == i && *t.t[0].p == i && *t.t[4].p == i })
}
