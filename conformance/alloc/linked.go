// run
// stress

// Structures full of pointers stay intact while much else is allocated.
package main

import "fmt"

type tree struct {
	left, right *tree
	label       string
	weight      int
}

func build(depth, id int) *tree {
	if depth == 0 {
		return nil
	}
	t := &tree{label: fmt.Sprint("n", id), weight: id}
	t.left = build(depth-1, 2*id)
	t.right = build(depth-1, 2*id+1)
	return t
}

func (t *tree) sum() (nodes, weight, letters int) {
	if t == nil {
		return
	}
	n1, w1, l1 := t.left.sum()
	n2, w2, l2 := t.right.sum()
	return n1 + n2 + 1, w1 + w2 + t.weight, l1 + l2 + len(t.label)
}

var trash [][]byte

func main() {
	var trees []*tree
	for i := 0; i < 8; i++ {
		trees = append(trees, build(9, 1))
		for j := 0; j < 100; j++ {
			trash = append(trash[:j%10], make([]byte, 1000))
		}
	}
	for _, t := range trees {
		fmt.Println(t.sum())
	}
}
