// run
// stress

// Long lists, deep and wide trees, doubly linked rings: all of it stays, in its order, and only it.
package main

import (
	"container/list"
	"container/ring"
	"fmt"
	"runtime"
)

type cell struct {
	v    int
	next *cell
}

type tree struct {
	kids [3]*tree
	v    int
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 20_000; i++ {
		sink = &cell{-1, nil}
		if i%10 == 0 {
			sink = &tree{v: -1}
		}
	}
}

func grow(depth, v int) *tree {
	if depth == 0 {
		return nil
	}
	t := &tree{v: v}
	for i := range t.kids {
		t.kids[i] = grow(depth-1, v*3+i)
	}
	return t
}

func (t *tree) sum() int {
	if t == nil {
		return 0
	}
	return t.v + t.kids[0].sum() + t.kids[1].sum() + t.kids[2].sum()
}

func main() {
	const n = 200_000
	var head *cell
	for i := 0; i < n; i++ {
		head = &cell{i, head}
	}
	t := grow(8, 1)
	before := t.sum()
	l := list.New()
	r := ring.New(1000)
	for i := 0; i < 1000; i++ {
		l.PushFront(i)
		r.Value = i
		r = r.Next()
	}
	for i := 0; i < 4; i++ {
		churn()
	}
	want := n - 1
	for c := head; c != nil; c = c.next {
		if c.v != want {
			fmt.Println("damaged:", c.v, want)
			break
		}
		want--
	}
	fmt.Println("list:", want == -1, "tree:", t.sum() == before, before)
	sum := 0
	r.Do(func(v any) { sum += v.(int) })
	for e := l.Back(); e != nil; e = e.Prev() {
		sum = sum*2%1_000_003 + e.Value.(int)
	}
	fmt.Println("ring and list:", r.Len(), l.Len(), sum)
	// Now the list without its middle.
	c := head
	for i := 0; i < 1000; i++ {
		c = c.next
	}
	for c.next.v != 1000 {
		c.next = c.next.next
	}
	churn()
	length := 0
	for c := head; c != nil; c = c.next {
		length++
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println("left:", length, m.HeapObjects < 100_000)
}
