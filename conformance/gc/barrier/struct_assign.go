// run
// stress

// Whole structs and arrays with many pointers are assigned, returned, passed and cleared while collections
// run; what one of them held last is held by nothing else.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type leaf struct{ id, check int }

type record struct {
	name  string
	list  [12]*leaf
	sub   struct{ a, b *leaf }
	any   any
	slice []*leaf
	n     int
}

type grid [8][8]*leaf

var sink *leaf

func fresh(id int) *leaf { return &leaf{id, id ^ 0x5555} }

func build(id int) (r record) {
	r.name, r.n = fmt.Sprint("r", id), id
	for i := range r.list {
		r.list[i] = fresh(id + i)
	}
	r.sub.a, r.sub.b, r.any, r.slice = fresh(id), fresh(id+1), fresh(id+2), []*leaf{fresh(id), fresh(id + 1)}
	return r
}

func (r record) good() bool { // by value: all of it is copied
	is := func(l *leaf, id int) bool { return l.id == id && l.check == id^0x5555 }
	for i, l := range r.list {
		if !is(l, r.n+i) {
			return false
		}
	}
	return is(r.sub.a, r.n) && is(r.sub.b, r.n+1) && is(r.any.(*leaf), r.n+2) && is(r.slice[1], r.n+1) && r.name == fmt.Sprint("r", r.n)
}

func work(g int) (bad int) {
	records := make([]record, 30)
	heap := make([]*record, 30)
	grids := [2]*grid{new(grid), new(grid)}
	for i := range records {
		records[i] = build(g*100 + i)
		heap[i] = &record{}
		*heap[i] = build(i)
	}
	for i := 0; i < 64; i++ {
		grids[0][i/8][i%8] = fresh(i)
	}
	for round := 0; round < 500; round++ {
		i, j := round*7%30, (round*11+3)%30
		tmp := records[i]
		records[i] = record{}
		runtime.Gosched()
		records[i], *heap[j] = *heap[j], tmp
		*heap[i], *heap[j] = *heap[j], *heap[i]
		if !records[i].good() || !heap[i].good() {
			bad++
		}
		*grids[1] = *grids[0]
		*grids[0] = grid{}
		runtime.Gosched()
		grids[1][round%8], grids[1][(round+3)%8] = grids[1][(round+3)%8], grids[1][round%8]
		*grids[0], *grids[1] = *grids[1], *grids[0]
	}
	seen := map[int]bool{}
	for _, row := range grids[0] {
		for _, l := range row {
			if l.check != l.id^0x5555 || seen[l.id] {
				bad++
			}
			seen[l.id] = true
		}
	}
	for i := range records {
		if !records[i].good() || !heap[i].good() {
			bad++
		}
	}
	return bad + len(seen) - 64
}

func main() {
	var wg, helper sync.WaitGroup
	bad := make([]int, 4)
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
					sink = &leaf{-1, -1}
				}
				runtime.Gosched()
			}
		}
	}()
	for g := range bad {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			bad[g] = work(g)
		}(g)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	fmt.Println("bad:", bad)
}
