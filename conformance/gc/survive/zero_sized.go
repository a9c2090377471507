// run
// stress

// Objects without a size are nothing to collect, and nothing that stands beside them is lost.
package main

import (
	"fmt"
	"runtime"
)

type none struct{}

type tail struct {
	p   *int
	end none // a field without a size at the end has an address of its own
}

type sandwich struct {
	_ [0]func()
	p *int
	z [0]int
	q *int
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 3000; i++ {
		n := -i
		sink, sink = &tail{p: &n}, &sandwich{p: &n, q: &n}
		sink, sink = new(none), make([]none, i)
	}
}

func main() {
	var ends []*none
	var mids []*[0]int
	var tails []*tail
	set := map[string]struct{}{}
	signals := make(chan struct{}, 10)
	empty := make([][]*int, 0, 10)
	for i := 0; i < 1000; i++ {
		n := i
		t, s := &tail{p: &n}, &sandwich{p: &n, q: &n}
		ends, mids = append(ends, &t.end), append(mids, &s.z)
		if i%2 == 0 {
			tails = append(tails, t)
		}
		set[fmt.Sprint(i)] = struct{}{}
		if i%100 == 0 {
			signals <- struct{}{}
			empty = append(empty, []*int{}, make([]*int, 0))
		}
	}
	churn()
	churn()
	wrong := 0
	for i, t := range tails {
		if *t.p != 2*i || ends[2*i] != &t.end {
			wrong++
		}
	}
	for i := 0; i < 1000; i++ {
		if _, ok := set[fmt.Sprint(i)]; !ok || len(mids[i]) != 0 {
			wrong++
		}
	}
	funcs := []any{none{}, [0]string{}, struct{ a, b none }{}, new(none), &[3]none{}}
	churn()
	fmt.Println("wrong:", wrong, len(signals), len(empty), len(funcs), fmt.Sprint(funcs[:3]...))
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapObjects
	for i := 0; i < 10_000; i++ {
		sink = new(none)
		sink = new([0]*int)
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	fmt.Println("cost nothing:", int64(m.HeapObjects)-int64(before) < 1000)
}
