// run
// stress

// copy, append and the moves of slices.Insert and sort over slices of pointers, overlapping or not, while
// collections run.
package main

import (
	"fmt"
	"runtime"
	"slices"
	"sort"
	"sync"
)

type cell struct {
	id    int
	check string
}

type pair struct {
	n int
	c *cell
}

var sink *cell

func fresh(id int) *cell { return &cell{id, fmt.Sprint("c", id)} }

func (c *cell) good() bool { return c != nil && c.check == fmt.Sprint("c", c.id) }

func work(g int) (bad int) {
	var list []*cell
	var pairs []pair
	for i := 0; i < 500; i++ {
		list = append(list, fresh(i))
		pairs = append(pairs, pair{i, fresh(i)})
	}
	rotate := func(k int) {
		head := make([]*cell, k)
		copy(head, list)
		copy(list, list[k:]) // overlaps
		copy(list[len(list)-k:], head)
	}
	for round := 0; round < 60; round++ {
		rotate(1 + round*g%100)
		moved := append([]*cell(nil), list[:100]...)
		clear(list[:100])
		runtime.Gosched()
		list = append(list[100:], moved...)
		x := pairs[len(pairs)-1]
		pairs = slices.Delete(pairs, len(pairs)-1, len(pairs))
		pairs = slices.Insert(pairs, round%50, x)
		sort.Slice(list, func(i, j int) bool { return (list[i].id*7+round)%500 < (list[j].id*7+round)%500 })
		slices.Reverse(pairs)
		copy(pairs[1:], pairs[:len(pairs)-1])
		pairs[0] = pair{round, fresh(round)}
		runtime.Gosched()
	}
	sum := 0
	for _, c := range list {
		if !c.good() {
			bad++
		}
		sum += c.id
	}
	for _, p := range pairs {
		if !p.c.good() || p.c.id != p.n {
			bad++
		}
	}
	if sum != 500*499/2 || len(pairs) != 500 {
		bad++
	}
	return bad
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
					sink = &cell{-1, "rubbish"}
				}
				runtime.Gosched()
			}
		}
	}()
	for g := range bad {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			bad[g] = work(g + 1)
		}(g)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	fmt.Println("bad:", bad)
}
