// run
// stress

// Goroutines that are locked to their threads call runtime.GC, and are scanned while they wait.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type node struct {
	left, right *node
	v           int
}

func grow(depth, v int) *node {
	if depth == 0 {
		return nil
	}
	return &node{grow(depth-1, 2*v), grow(depth-1, 2*v+1), v}
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.v + n.left.sum() + n.right.sum()
}

func main() {
	runtime.LockOSThread()
	mine := grow(9, 1)
	var wg sync.WaitGroup
	sums := make([]int, 6)
	gate := make(chan *node)
	for g := range sums {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			runtime.LockOSThread()
			if g%2 == 0 {
				defer runtime.UnlockOSThread()
			}
			tree := grow(8, g)
			got := <-gate
			runtime.GC()
			sums[g] = tree.sum() + got.sum()
			runtime.GC()
			sums[g] -= got.sum()
		}(g)
	}
	for range sums {
		runtime.GC()
		gate <- grow(6, 3)
	}
	wg.Wait()
	runtime.UnlockOSThread()
	runtime.GC()
	for g, sum := range sums {
		fmt.Println(g, sum == grow(8, g).sum())
	}
	fmt.Println(mine.sum())
}
