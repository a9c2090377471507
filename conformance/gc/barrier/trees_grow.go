// run
// stress

// Binary trees in which nodes are inserted, deleted and rotated by several goroutines, each its own tree,
// with automatic collections at a low percentage.
package main

import (
	"fmt"
	"runtime/debug"
	"sync"
)

type node struct {
	key, rank   int
	text        *string
	left, right *node
}

func insert(t *node, key, rank int) *node {
	if t == nil {
		s := fmt.Sprint("k", key)
		return &node{key: key, rank: rank, text: &s}
	}
	if key < t.key {
		t.left = insert(t.left, key, rank)
		if t.left.rank > t.rank {
			l := t.left
			t.left, l.right = l.right, t
			return l
		}
	} else if key > t.key {
		t.right = insert(t.right, key, rank)
		if t.right.rank > t.rank {
			r := t.right
			t.right, r.left = r.left, t
			return r
		}
	}
	return t
}

func merge(a, b *node) *node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.rank > b.rank:
		a.right = merge(a.right, b)
		return a
	}
	b.left = merge(a, b.left)
	return b
}

func remove(t *node, key int) *node {
	switch {
	case t == nil:
		return nil
	case key < t.key:
		t.left = remove(t.left, key)
	case key > t.key:
		t.right = remove(t.right, key)
	default:
		return merge(t.left, t.right)
	}
	return t
}

func check(t *node, lo, hi int) (n, bad int) {
	if t == nil {
		return 0, 0
	}
	if t.key <= lo || t.key >= hi || *t.text != fmt.Sprint("k", t.key) {
		bad++
	}
	n1, b1 := check(t.left, lo, t.key)
	n2, b2 := check(t.right, t.key, hi)
	return n1 + n2 + 1, b1 + b2 + bad
}

func main() {
	debug.SetGCPercent(10)
	const keys = 3000
	var wg sync.WaitGroup
	results := make([]string, 4)
	for g := range results {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			var t *node
			seed, present := uint32(g+1), map[int]bool{}
			for i := 0; i < 20_000; i++ {
				seed = seed*1664525 + 1013904223
				key := int(seed>>8)%keys + 1
				if present[key] = !present[key]; present[key] {
					t = insert(t, key, int(seed*2654435761>>4))
				} else {
					t = remove(t, key)
					delete(present, key)
				}
			}
			n, bad := check(t, 0, keys+1)
			results[g] = fmt.Sprint(n == len(present), " bad: ", bad)
		}(g)
	}
	wg.Wait()
	for _, r := range results {
		fmt.Println(r)
	}
}
