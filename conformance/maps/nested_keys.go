// run

// Equality and hashes of values that nest through interfaces as deeply as lists are long: by their last part, by their
// first, and by both in turn; on the main thread and on others.
package main

import (
	"fmt"
	"runtime"
)

type cons struct{ car, cdr any }

type row [2]any

type named interface{ name() string }

func (c cons) name() string { return "cons" }

type typed struct {
	n    int
	next named
	s    string
}

func (t typed) name() string { return t.s }

func chain(n int, step func(i int, v any) any, bottom any) any {
	v := bottom
	for i := 0; i < n; i++ {
		v = step(i, v)
	}
	return v
}

var steps = []struct {
	name string
	step func(i int, v any) any
}{
	{"last", func(i int, v any) any { return cons{i, v} }},
	{"first", func(i int, v any) any { return cons{v, i} }},
	{"both", func(i int, v any) any {
		if i%2 == 0 {
			return cons{v, i}
		}
		return row{i, v}
	}},
	{"rows", func(i int, v any) any { return row{v, "text"} }},
	{"methods", func(i int, v any) any {
		next, _ := v.(named)
		return typed{i, next, fmt.Sprint(v == nil)}
	}},
}

func compare(n int) (s string) {
	for _, st := range steps {
		a, b, c := chain(n, st.step, nil), chain(n, st.step, nil), chain(n+1, st.step, nil)
		m := map[any]string{a: "a"}
		m[c] = "c"
		s += fmt.Sprintln(n, st.name, a == b, a == c, m[b], m[c], len(m))
	}
	return s
}

func main() {
	for _, n := range []int{1, 15, 16, 17, 143, 144, 145, 600, 100_000} {
		fmt.Print(compare(n))
	}
	c := make(chan string)
	go func() {
		runtime.LockOSThread()
		c <- compare(50_000)
	}()
	fmt.Print(<-c)
	// What cannot be compared is found wherever it is.
	for _, st := range steps[:4] {
		func() {
			defer func() { fmt.Println(st.name, recover()) }()
			a, b := chain(10_000, st.step, []int{}), chain(10_000, st.step, []int{})
			fmt.Println(a == b)
		}()
		func() {
			defer func() { fmt.Println(st.name, recover()) }()
			m := map[any]int{}
			m[chain(10_000, st.step, func() {})]++
		}()
	}
}
