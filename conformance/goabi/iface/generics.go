// run

// Generic functions and types over interfaces, with method calls on type parameters.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"sort"
	"strings"
)

type ordered interface {
	~int | ~int64 | ~float64 | ~string
}

func maxOf[T ordered](first T, rest ...T) T {
	for _, v := range rest {
		if v > first {
			first = v
		}
	}
	return first
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) { s.items = append(s.items, v) }

func (s *stack[T]) pop() (v T, err error) {
	if len(s.items) == 0 {
		return v, errors.New("empty")
	}
	v = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, nil
}

type tree[K cmp.Ordered, V any] struct {
	left, right *tree[K, V]
	key         K
	val         V
}

func (t *tree[K, V]) put(k K, v V) *tree[K, V] {
	switch {
	case t == nil:
		return &tree[K, V]{key: k, val: v}
	case k < t.key:
		t.left = t.left.put(k, v)
	case k > t.key:
		t.right = t.right.put(k, v)
	default:
		t.val = v
	}
	return t
}

func (t *tree[K, V]) each(f func(K, V)) {
	if t != nil {
		t.left.each(f)
		f(t.key, t.val)
		t.right.each(f)
	}
}

type celsius float64

func (c celsius) String() string { return fmt.Sprintf("%.1f°", float64(c)) }

func join[T fmt.Stringer](list []T) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ";")
}

func mapKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

func is[T any](x any) bool { _, ok := x.(T); return ok }

func main() {
	fmt.Println(maxOf(3, 9, 2), maxOf("b", "abc"), maxOf(celsius(1.5), 2.5), maxOf(1.0))
	var s stack[[]string]
	s.push([]string{"a"})
	s.push(nil)
	fmt.Println(s.pop())
	fmt.Println(s.pop())
	fmt.Println(s.pop())
	var t *tree[string, int]
	for i, w := range strings.Fields("the cat and the dog and the bird") {
		t = t.put(w, i)
	}
	t.each(func(k string, v int) { fmt.Print(k, "=", v, " ") })
	fmt.Println()
	fmt.Println(join([]celsius{1, 2.25}), mapKeys(map[string]bool{"z": true, "y": false}))
	fmt.Println(is[int](1), is[error](1), is[error](errors.New("")), is[stack[int]](stack[int]{}), is[stack[int]](stack[uint]{}))
	fmt.Printf("%T %T\n", s, t)
}
