// run
// stress
// timeout: 30

// GOMAXPROCS changes, and the world is stopped for other reasons, while collections are under way.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

type node struct {
	id, check int
	next      *node
}

func build(id, n int) (l *node) {
	for i := 0; i < n; i++ {
		l = &node{id + i, ^(id + i), l}
	}
	return l
}

func (l *node) bad(id, n int) (bad int) {
	for ; l != nil; l = l.next {
		n--
		if l.id != id+n || l.check != ^l.id {
			bad++
		}
	}
	if n != 0 {
		bad++
	}
	return bad
}

func main() {
	before := runtime.GOMAXPROCS(0)
	debug.SetGCPercent(20)
	stop := make(chan bool)
	var wg, helpers sync.WaitGroup
	disturb := []func(i int){
		func(i int) { runtime.GOMAXPROCS(1 + i%5) },
		func(i int) { runtime.GC() },
		func(i int) { debug.SetGCPercent(10 + i%100) },
		func(i int) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			runtime.Stack(make([]byte, 1<<12), true)
		},
	}
	for _, f := range disturb {
		helpers.Add(1)
		go func(f func(int)) {
			defer helpers.Done()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					f(i)
					runtime.Gosched()
				}
			}
		}(f)
	}
	bad := make([]int, 6)
	for g := range bad {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			kept := build(g, 500)
			for i := 0; i < 60; i++ {
				l := build(i, 500)
				runtime.Gosched()
				bad[g] += l.bad(i, 500)
			}
			bad[g] += kept.bad(g, 500)
		}(g)
	}
	wg.Wait()
	close(stop)
	helpers.Wait()
	runtime.GOMAXPROCS(before)
	runtime.GC()
	fmt.Println("bad:", bad)
}
