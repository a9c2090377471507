// run
// stress

// What hangs on a map's entries stays alive and in place while the map grows, shrinks
// and is rebuilt.
package main

import "fmt"

type node struct {
	id    int
	peers map[int]*node
	note  *string
}

func main() {
	nodes := map[int]*node{}
	get := func(id int) *node {
		n := nodes[id]
		if n == nil {
			note := fmt.Sprint("node ", id)
			n = &node{id: id, peers: map[int]*node{}, note: &note}
			nodes[id] = n
		}
		return n
	}
	for i := 0; i < 2000; i++ {
		a, b := get(i*31%400), get(i*17%400)
		a.peers[b.id] = b
		b.peers[a.id] = a
		if i%5 == 0 {
			delete(a.peers, b.id)
		}
	}
	wrong, edges := 0, 0
	for id, n := range nodes {
		if n.id != id || *n.note != fmt.Sprint("node ", id) {
			wrong++
		}
		for p, m := range n.peers {
			if m.id != p || m != nodes[p] {
				wrong++
			}
			edges++
		}
	}
	fmt.Println(len(nodes), edges, wrong)
	for id := range nodes {
		if id%2 == 0 {
			nodes[id] = nil
		}
	}
	alive := 0
	for _, n := range nodes {
		if n != nil {
			alive++
		}
	}
	fmt.Println(len(nodes), alive)
}
