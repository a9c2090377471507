// run
// stress
// env: GODEBUG=clobberfree=1

// Nothing that lives is damaged or lost under GODEBUG=clobberfree=1.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type node struct {
	id    int
	text  string
	kids  []*node
	up    *node
	extra any
}

func grow(up *node, depth, id int) *node {
	n := &node{id: id, text: fmt.Sprint("n", id), up: up, extra: map[int]string{id: fmt.Sprint(id)}}
	for i := 0; i < 3 && depth > 0; i++ {
		n.kids = append(n.kids, grow(n, depth-1, 3*id+i))
	}
	return n
}

func (n *node) bad() (bad int) {
	if n.text != fmt.Sprint("n", n.id) || n.extra.(map[int]string)[n.id] != n.text[1:] {
		bad++
	}
	for i, k := range n.kids {
		if k.up != n || k.id != 3*n.id+i {
			bad++
		}
		bad += k.bad()
	}
	return bad
}

func main() {
	var wg sync.WaitGroup
	results := make([]int, 4)
	for g := range results {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			root := grow(nil, 5, g+1)
			for r := 0; r < 12; r++ {
				i := r % 3
				root.kids[i] = grow(root, 4, root.kids[i].id)
				kept := root.kids[(i+1)%3]
				root.kids[(i+1)%3] = nil
				runtime.GC()
				root.kids[(i+1)%3] = kept
				results[g] += root.bad()
			}
		}(g)
	}
	wg.Wait()
	fmt.Println("bad:", results)
}
