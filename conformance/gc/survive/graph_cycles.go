// run
// stress

// A graph full of cycles: what can be reached from its root stays, and the cycles that are cut off go,
// for being on a cycle keeps nothing.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type vertex struct {
	id    int
	edges []*vertex
	back  map[int]*vertex
}

const n = 5000

func build() *vertex {
	all := make([]*vertex, n)
	for i := range all {
		all[i] = &vertex{id: i, back: map[int]*vertex{}}
	}
	// Two halves, each strongly connected, and one edge from the first to the second.
	for i, v := range all {
		half := i / (n / 2) * (n / 2)
		for k := 1; k <= 3; k++ {
			w := all[half+(i-half+k*k*7)%(n/2)]
			v.edges = append(v.edges, w)
			w.back[i] = v
		}
	}
	all[0].edges = append(all[0].edges, all[n-1])
	return all[0]
}

func reach(root *vertex) (count, sum int) {
	seen := map[*vertex]bool{root: true}
	work := []*vertex{root}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		count, sum = count+1, sum+v.id
		for _, w := range v.edges {
			if !seen[w] {
				seen[w] = true
				work = append(work, w)
			}
			if w != v.edges[0] && len(w.back) == 0 {
				fmt.Println("no way back to", w.id)
			}
		}
	}
	return count, sum
}

func objects() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapObjects)
}

func main() {
	debug.SetGCPercent(50)
	objects()
	base := objects()
	root := build()
	whole := objects() - base
	root.edges[3].edges[0].back[n-1] = root.edges[3]
	fmt.Println(reach(root))
	root.edges = root.edges[:3:3]
	root.edges = append([]*vertex(nil), root.edges...)
	fmt.Println(reach(root))
	half := objects() - base
	fmt.Println("half of it is gone:", half > whole*4/10 && half < whole*6/10)
	runtime.KeepAlive(root)
	root = nil
	fmt.Println("all of it is gone:", objects()-base < whole/50)
}
