// run
// stress

// Goroutines relink the nodes of one graph, under a lock, while others collect and make garbage: not one
// node is lost, and each is where it should be.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type node struct {
	id         int
	check      int
	prev, next *node
	extra      *node
}

const n, rings, workers, rounds = 400, 8, 4, 15_000

var mu sync.Mutex
var heads [rings]*node
var sink [2]*node

func (x *node) unlink() {
	x.prev.next, x.next.prev = x.next, x.prev
	x.prev, x.next = nil, nil
}

func (x *node) insert(after *node) {
	x.prev, x.next = after, after.next
	after.next.prev = x
	after.next = x
}

func work(seed uint32) {
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	for i := 0; i < rounds; i++ {
		mu.Lock()
		from, to := heads[random(rings)], heads[random(rings)]
		x := from.next
		for k := random(5); k > 0; k-- {
			x = x.next
		}
		if x != from && x != to {
			x.unlink()
			fresh := &node{id: x.id, check: x.check, extra: x.extra} // a copy takes its place now and then
			if random(3) == 0 {
				x = fresh
			}
			x.insert(to)
		}
		mu.Unlock()
		if i%64 == 0 {
			runtime.Gosched()
		}
	}
}

func main() {
	for r := range heads {
		h := &node{id: -1}
		h.prev, h.next = h, h
		heads[r] = h
	}
	for i := 0; i < n; i++ {
		x := &node{id: i, check: i * i, extra: &node{id: -i}}
		x.insert(heads[i%rings])
	}
	var wg, helpers sync.WaitGroup
	stop := make(chan bool)
	for h := 0; h < 2; h++ {
		helpers.Add(1)
		go func(h int) {
			defer helpers.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if h == 0 {
					runtime.GC()
				}
				for i := 0; i < 1000; i++ {
					sink[h] = &node{id: -2}
				}
				runtime.Gosched()
			}
		}(h)
	}
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			work(uint32(w*77 + 1))
		}(w)
	}
	wg.Wait()
	close(stop)
	helpers.Wait()
	seen, bad := map[int]bool{}, 0
	for _, h := range heads {
		for x := h.next; x != h; x = x.next {
			if x.check != x.id*x.id || x.extra.id != -x.id || x.next.prev != x || seen[x.id] {
				bad++
			}
			seen[x.id] = true
		}
	}
	fmt.Println("nodes:", len(seen), "bad:", bad)
}
