// run
// stress
// timeout: 20

// The old benchmark: many trees of all depths come and go beside one that stays.
package main

import (
	"fmt"
	"sync"
)

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	const deepest = 13
	fmt.Println("stretch", grow(deepest+1).count())
	long := grow(deepest)
	var wg sync.WaitGroup
	var lines [deepest + 1]string
	for d := 4; d <= deepest; d += 3 {
		wg.Add(1)
		go func(d int) {
			defer wg.Done()
			n, sum := 1<<(deepest-d+2), 0
			for i := 0; i < n; i++ {
				sum += grow(d).count()
			}
			lines[d] = fmt.Sprintln(n, "trees of depth", d, "with", sum)
		}(d)
	}
	wg.Wait()
	for _, l := range lines {
		fmt.Print(l)
	}
	fmt.Println("long", long.count())
}
