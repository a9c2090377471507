// run report.go

// Binary trees, the classic: a tree that lives on while many others are built, walked and dropped.
package main

import "time"

const least, most = 4, 18

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() uint64 {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	share := argument(1)
	w := watch(time.Millisecond)
	start := time.Now()
	nodes := build(most + 1).count()
	long := build(most)
	for depth := least; depth <= most; depth += 2 {
		n := max(1, int(share*float64(int(1)<<(most-depth+least))))
		for i := 0; i < n; i++ {
			nodes += build(depth).count()
		}
	}
	nodes += long.count()
	perOp("binary_trees", time.Since(start), int(nodes))
	check("nodes", nodes)
	w.report()
}
