// run
// stress

// Maps with keys and elements of more than 128 bytes, which are stored apart from their buckets, and of
// exactly 128, which are not.
package main

import (
	"fmt"
	"runtime"
)

type bigKey struct {
	name string
	pad  [15]int
}

type bigElem struct {
	pad [14]int
	p   *int
	s   []string
}

type edge struct {
	pad [15]int
	p   *int
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		sink = &bigKey{name: "rubbish"}
		sink = &bigElem{s: []string{"rubbish"}}
		sink = &edge{}
	}
}

func main() {
	const n = 1000
	both := map[bigKey]bigElem{}
	elems := map[int]bigElem{}
	keys := map[bigKey]bool{}
	edges := map[string]edge{}
	for i := 0; i < n; i++ {
		p := new(int)
		*p = i * i
		k := bigKey{name: fmt.Sprint("key", i)}
		k.pad[14] = i
		e := bigElem{p: p, s: []string{k.name, "x"}}
		e.pad[0], e.pad[13] = i, -i
		both[k], elems[i], keys[k] = e, e, true
		edges[k.name] = edge{p: p}
		if i%300 == 0 {
			churn()
		}
		if i%5 == 4 {
			delete(both, bigKey{name: fmt.Sprint("key", i-2), pad: [15]int{14: i - 2}})
			delete(elems, i-3)
		}
	}
	for i := 0; i < 3; i++ {
		churn()
	}
	wrong := 0
	for k, e := range both {
		i := k.pad[14]
		if k.name != fmt.Sprint("key", i) || *e.p != i*i || e.s[0] != k.name || e.pad[13] != -i || !keys[k] || edges[k.name].p != e.p {
			wrong++
		}
	}
	for i, e := range elems {
		if *e.p != i*i || e.pad[0] != i || *edges[e.s[0]].p != i*i {
			wrong++
		}
	}
	fmt.Println(len(both), len(elems), len(keys), len(edges), "wrong:", wrong)
}
