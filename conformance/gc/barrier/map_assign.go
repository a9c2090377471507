// run
// stress

// Maps are filled, grown, overwritten and emptied by some goroutines while others collect.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type item struct {
	id    int
	check string
}

type wide struct {
	pad [20]int
	it  *item
}

var sink *item

func fresh(id int) *item { return &item{id, fmt.Sprint("i", id)} }

func (it *item) good(id int) bool { return it != nil && it.id == id && it.check == fmt.Sprint("i", id) }

func work(g int) (bad int) {
	byID, byName := map[int]*item{}, map[string]*item{}
	wides, byItem := map[int]wide{}, map[*item]*item{}
	for round := 0; round < 15; round++ {
		for i := 0; i < 400; i++ {
			id := g*1000 + i
			it := fresh(id)
			byID[id] = it
			byName[fmt.Sprint(id)] = it
			wides[id] = wide{it: it}
			byItem[it] = it
			if i%100 == 0 {
				runtime.Gosched()
			}
			if i%3 == 0 { // from one map to another, with nothing else that knows it
				moved := byID[id]
				delete(byID, id)
				byID[-id] = moved
			}
		}
		for it, same := range byItem {
			if it != same || !it.good(it.id) {
				bad++
			}
			if it.id%2 == round%2 {
				delete(byItem, it)
			}
		}
		for id := range wides {
			w := wides[id]
			w.it, byName[fmt.Sprint(id)] = byName[fmt.Sprint(id)], w.it
			wides[id] = w
			if !w.it.good(id) {
				bad++
			}
		}
		runtime.Gosched()
		for i := 0; i < 400; i++ {
			id := g*1000 + i
			if i%3 == 0 {
				if !byID[-id].good(id) {
					bad++
				}
			} else if !byID[id].good(id) {
				bad++
			}
			if !byName[fmt.Sprint(id)].good(id) {
				bad++
			}
		}
		if round%3 == 2 {
			clear(byID)
			clear(byName)
		}
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
					sink = &item{-1, "rubbish"}
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
