// run
// stress

// Deferred calls with many and large arguments, run by a return and by a panic.
package main

import "fmt"

type large struct {
	a [40]int
	s string
	f func() string
}

func show(l large, n int, f float64, e error, list ...interface{}) {
	fmt.Println(l.a[39], l.s, l.f(), n, f, e, list)
}

func (l large) method(k int8, p *int) { fmt.Println("method", l.a[39], k, *p) }

type shower interface{ method(int8, *int) }

func body(fail bool) {
	v := 1
	l := large{s: "large", f: func() string { return fmt.Sprint("v=", v) }}
	l.a[39] = 39
	defer show(l, v, 2.5, fmt.Errorf("err %d", v), 'x', []int{v}, nil)
	defer l.method(-8, &v)
	var s shower = l
	defer s.method(9, &v)
	l.a[39], l.s, v = 0, "changed", 100
	if fail {
		panic("now")
	}
}

func main() {
	body(false)
	func() {
		defer func() { fmt.Println(recover()) }()
		body(true)
	}()
}
