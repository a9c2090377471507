// run
// stress

// Generic library code at work: slices, maps, cmp, atomic pointers, sync helpers.
package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

type cache[K comparable, V any] struct {
	mu    sync.Mutex
	items map[K]*entry[V]
	hits  atomic.Int64
	make  func(K) (V, error)
}

type entry[V any] struct {
	once sync.Once
	v    V
	err  error
}

func (c *cache[K, V]) get(k K) (V, error) {
	c.mu.Lock()
	e, ok := c.items[k]
	if !ok {
		if c.items == nil {
			c.items = map[K]*entry[V]{}
		}
		e = &entry[V]{}
		c.items[k] = e
	} else {
		c.hits.Add(1)
	}
	c.mu.Unlock()
	e.once.Do(func() { e.v, e.err = c.make(k) })
	return e.v, e.err
}

type pair[A, B any] struct {
	first  A
	second B
}

func zip[A, B any](a []A, b []B) (out []pair[A, B]) {
	for i := 0; i < min(len(a), len(b)); i++ {
		out = append(out, pair[A, B]{a[i], b[i]})
	}
	return
}

func reduce[T, R any](list []T, start R, f func(R, T) R) R {
	for _, v := range list {
		start = f(start, v)
	}
	return start
}

func main() {
	var made atomic.Int64
	c := cache[string, []string]{make: func(k string) ([]string, error) {
		made.Add(1)
		if k == "" {
			return nil, fmt.Errorf("no key")
		}
		return strings.Split(k, ""), nil
	}}
	var wg sync.WaitGroup
	for i := 0; i < 100; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			k := strings.Repeat("k", i%5)
			if v, err := c.get(k); len(v) != len(k) || (err != nil) != (k == "") {
				panic("wrong")
			}
		}(i)
	}
	wg.Wait()
	fmt.Println(made.Load(), c.hits.Load())
	fmt.Printf("%v %T\n", zip([]int{1, 2, 3}, []string{"a", "b"}), zip[int8, error](nil, nil))
	words := strings.Fields("the cat the dog the end a cat")
	counts := reduce(words, map[string]int{}, func(m map[string]int, w string) map[string]int { m[w]++; return m })
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if n := cmp.Compare(counts[b], counts[a]); n != 0 {
			return n
		}
		return cmp.Compare(a, b)
	})
	fmt.Println(keys, maps.Equal(counts, maps.Clone(counts)))
	at, ok := slices.BinarySearchFunc([]pair[int, string]{{1, "a"}, {5, "b"}}, 5, func(p pair[int, string], n int) int { return cmp.Compare(p.first, n) })
	fmt.Println(at, ok, slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) }), cmp.Less(1.5, 2))
}
