// run

// Two trees of different shapes are walked at the same time, each by its goroutine.
package main

import "fmt"

type tree struct {
	left, right *tree
	v           int
}

func (t *tree) insert(v int) *tree {
	if t == nil {
		return &tree{v: v}
	}
	if v < t.v {
		t.left = t.left.insert(v)
	} else {
		t.right = t.right.insert(v)
	}
	return t
}

func (t *tree) walk(out chan<- int, quit <-chan bool) bool {
	if t == nil {
		return true
	}
	if !t.left.walk(out, quit) {
		return false
	}
	select {
	case out <- t.v:
	case <-quit:
		return false
	}
	return t.right.walk(out, quit)
}

func values(t *tree, quit <-chan bool) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		t.walk(out, quit)
	}()
	return out
}

func same(a, b *tree) bool {
	quit := make(chan bool)
	defer close(quit)
	x, y := values(a, quit), values(b, quit)
	for {
		v, ok1 := <-x
		w, ok2 := <-y
		if ok1 != ok2 || v != w {
			return false
		}
		if !ok1 {
			return true
		}
	}
}

func main() {
	var a, b, c *tree
	for i := 0; i < 100; i++ {
		a = a.insert(i * 37 % 100)
		b = b.insert(i * 61 % 100)
		c = c.insert(i * 61 % 100 / 2)
	}
	fmt.Println(same(a, b), same(a, c), same(nil, nil), same(a, nil))
}
