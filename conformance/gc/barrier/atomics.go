// run
// stress

// A stack without locks: nodes are pushed and popped by compare-and-swap from several goroutines, beside
// collections. What was popped is known to one goroutine's stack only.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

type node struct {
	id, check int
	next      *node
}

type stack struct{ head atomic.Pointer[node] }

func (s *stack) push(id, check int) {
	n := &node{id: id, check: check}
	for {
		n.next = s.head.Load()
		if s.head.CompareAndSwap(n.next, n) {
			return
		}
	}
}

func (s *stack) pop() *node {
	for {
		n := s.head.Load()
		if n == nil || s.head.CompareAndSwap(n, n.next) {
			return n
		}
	}
}

var raw unsafe.Pointer
var sink *node

func main() {
	const n, workers = 500, 4
	var stacks [3]stack
	for i := 0; i < n; i++ {
		stacks[i%3].push(i, i*5)
	}
	var wg, helper sync.WaitGroup
	var bad atomic.Int32
	stop := make(chan bool)
	helper.Add(1)
	go func() {
		defer helper.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				for i := 0; i < 3000; i++ {
					sink = &node{id: -1}
				}
				runtime.Gosched()
			}
		}
	}()
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := 0; i < 20_000; i++ {
				x := stacks[(i+w)%3].pop()
				if x == nil {
					runtime.Gosched()
					continue
				}
				if i%100 == 0 {
					runtime.Gosched()
				}
				if x.check != x.id*5 {
					bad.Add(1)
				}
				if old := (*node)(atomic.SwapPointer(&raw, unsafe.Pointer(x))); old != nil {
					stacks[i%3].push(old.id, old.check)
				}
			}
		}(w)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	if last := (*node)(atomic.LoadPointer(&raw)); last != nil {
		stacks[0].push(last.id, last.check)
	}
	seen := map[int]bool{}
	for i := range stacks {
		for x := stacks[i].pop(); x != nil; x = stacks[i].pop() {
			if seen[x.id] || x.check != x.id*5 {
				bad.Add(1)
			}
			seen[x.id] = true
		}
	}
	fmt.Println("nodes:", len(seen), "bad:", bad.Load())
}
