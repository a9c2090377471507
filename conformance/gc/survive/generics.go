// run
// stress

// Generic containers of pointers, values and strings, instantiated with many types.
package main

import (
	"fmt"
	"runtime"
)

type ordered interface{ ~int | ~string }

type entry[K ordered, V any] struct {
	key         K
	left, right *entry[K, V]
	value       V
}

type tree[K ordered, V any] struct {
	root *entry[K, V]
	n    int
}

func (t *tree[K, V]) put(k K, v V) {
	p := &t.root
	for *p != nil && (*p).key != k {
		if k < (*p).key {
			p = &(*p).left
		} else {
			p = &(*p).right
		}
	}
	if *p == nil {
		*p = &entry[K, V]{key: k}
		t.n++
	}
	(*p).value = v
}

func (t *tree[K, V]) each(f func(K, V)) {
	var walk func(*entry[K, V])
	walk = func(e *entry[K, V]) {
		if e != nil {
			walk(e.left)
			f(e.key, e.value)
			walk(e.right)
		}
	}
	walk(t.root)
}

type pair[A, B any] struct {
	pad uint8
	a   A
	b   B
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		sink = &pair[*int, string]{0, new(int), "rubbish"}
		sink = &entry[int, *int]{key: -1}
		sink = fmt.Sprint("rubbish", i)
	}
}

func test[K ordered, V any](name string, key func(int) K, value func(int) V, good func(int, V) bool) {
	var t tree[K, V]
	index := map[K]int{}
	for i := 0; i < 300; i++ {
		k := i * 7919 % 300
		index[key(k)] = k
		t.put(key(k), value(k))
		if i%100 == 0 {
			churn()
		}
	}
	churn()
	bad := 0
	t.each(func(k K, v V) {
		if !good(index[k], v) {
			bad++
		}
	})
	fmt.Println(name, t.n, "bad:", bad)
}

func main() {
	text := func(i int) string { return fmt.Sprint("text", i) }
	number := func(i int) int { return i }
	pointer := func(i int) *int { return &i }
	test("numbers", number, number, func(i, v int) bool { return v == i })
	test("pointers", number, pointer, func(i int, v *int) bool { return *v == i })
	test("strings", text, text, func(i int, v string) bool { return v == text(i) })
	test("pairs", text, func(i int) pair[*int, []string] { return pair[*int, []string]{1, &i, []string{text(i)}} },
		func(i int, v pair[*int, []string]) bool { return *v.a == i && v.b[0] == text(i) })
	test("functions", text, func(i int) func() string { return func() string { return text(i) } },
		func(i int, v func() string) bool { return v() == text(i) })
	test("nested", number, func(i int) *tree[string, pair[any, *int]] {
		t := new(tree[string, pair[any, *int]])
		t.put(text(i), pair[any, *int]{a: text(i), b: &i})
		return t
	}, func(i int, v *tree[string, pair[any, *int]]) bool {
		return v.root.key == text(i) && v.root.value.a == text(i) && *v.root.value.b == i
	})
}
