// run

// DeepEqual over all kinds, cycles included.
package main

import (
	"fmt"
	"math"
	"reflect"
)

type node struct {
	v    int
	next *node
	kids map[string]*node
}

func loop(n int) *node {
	first := &node{v: 0}
	last := first
	for i := 1; i < n; i++ {
		last.next = &node{v: i}
		last = last.next
	}
	last.next = first
	first.kids = map[string]*node{"self": first}
	return first
}

func main() {
	eq := reflect.DeepEqual
	fmt.Println(eq(1, 1), eq(1, int64(1)), eq("a", "a"), eq(nil, nil), eq(nil, 0), eq(1.5, 1.5))
	fmt.Println(eq([]int{1, 2}, []int{1, 2}), eq([]int{}, []int(nil)), eq([]int{1}, [1]int{1}), eq([2]string{"a"}, [2]string{"a", ""}))
	fmt.Println(eq(map[string][]int{"a": {1}}, map[string][]int{"a": {1}}), eq(map[int]int{}, map[int]int(nil)), eq(map[int]int{1: 1}, map[int]int{1: 2}))
	nan := math.NaN()
	s := []float64{nan}
	fmt.Println(eq(nan, nan), eq(s, s), eq(s, []float64{nan}), eq(0.0, math.Copysign(0, -1)))
	f := func() {}
	fmt.Println(eq(f, f), eq((func())(nil), (func())(nil)))
	a, b := 1, 1
	fmt.Println(eq(&a, &b), eq(&a, &a), eq(struct{ p *int }{&a}, struct{ p *int }{&b}))
	var e1, e2 error = fmt.Errorf("x"), fmt.Errorf("x")
	fmt.Println(eq(e1, e2), eq([]interface{}{1, "a", nil}, []interface{}{1, "a", nil}))
	fmt.Println(eq(loop(3), loop(3)), eq(loop(3), loop(4)))
	var c1 []interface{} = make([]interface{}, 1)
	c1[0] = c1
	c2 := make([]interface{}, 1)
	c2[0] = c2
	fmt.Println(eq(c1, c2), eq(make(chan int), make(chan int)))
}
