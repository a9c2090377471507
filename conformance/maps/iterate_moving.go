// run

// Iterations under way while what they stand on moves: a map and its only group on a stack that grows and shrinks, collections that mark at
// each step, groups that lose entries, tables that are rebuilt; by range and by reflection.
package main

import (
	"fmt"
	"reflect"
	"runtime"
)

var sink [8]*[64]int

//go:noinline
func deep(n int) int {
	var pad [64]int
	pad[n%64] = n
	if n == 0 {
		return pad[0]
	}
	return deep(n-1) + pad[n%64]
}

// onStack iterates over a map that does not leave its frame, whose stack grows in the first step and is looked at by collections.
func onStack() (sum int) {
	m := make(map[int]*int, 8)
	for i := 0; i < 8; i++ {
		v := i
		m[i] = &v
	}
	n := 0
	for k, v := range m {
		deep(100 << n)
		runtime.GC()
		if *v != k {
			panic("another's element")
		}
		sum += *v
		n++
	}
	for k := range m {
		delete(m, k)
		deep(1000)
	}
	if len(m) != 0 || n != 8 {
		panic("not all were met")
	}
	return sum
}

func filled(n int) map[string]*[64]int {
	m := map[string]*[64]int{}
	for i := 0; i < n; i++ {
		m[fmt.Sprint("key ", i)] = &[64]int{i}
	}
	return m
}

// marked iterates while a collection marks most of the time.
func marked(n int, step func(m map[string]*[64]int, met int)) (met, twice int) {
	m := filled(n)
	seen := map[string]int{}
	for k, v := range m {
		if k != fmt.Sprint("key ", v[0]) {
			panic("another's element")
		}
		seen[k]++
		if seen[k] > 1 {
			twice++
		}
		met++
		sink[met%8] = v
		step(m, met)
	}
	return met, twice
}

func main() {
	done := make(chan int)
	for i := 0; i < 4; i++ {
		go func() { done <- onStack() }()
	}
	for i := 0; i < 4; i++ {
		fmt.Println("on a stack:", <-done)
	}

	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				done <- 0
				return
			default:
				runtime.GC()
			}
		}
	}()
	for _, n := range []int{1, 7, 8, 9, 100, 3000} {
		fmt.Println(n, "kept:", fmt.Sprint(marked(n, func(map[string]*[64]int, int) {})))
		met, twice := marked(n, func(m map[string]*[64]int, met int) {
			// All go at the first step.
			if met == 1 {
				for k := range m {
					delete(m, k)
				}
			}
		})
		fmt.Println(n, "emptied:", met, twice)
		met, twice = marked(n, func(m map[string]*[64]int, met int) {
			if met == 1 {
				clear(m)
				m["key 0"] = &[64]int{}
				delete(m, "key 0")
			}
		})
		fmt.Println(n, "cleared:", met, twice)
		old := map[string]bool{}
		for k := range filled(n) {
			old[k] = true
		}
		m, missed := filled(n), 0
		for k := range m {
			delete(old, k)
			if len(m) < 8*n {
				for i := 0; i < 8; i++ {
					k := fmt.Sprint("new ", len(m))
					m[k] = nil
				}
			}
		}
		missed = len(old)
		fmt.Println(n, "grown: missed", missed)
	}
	for _, n := range []int{0, 5, 500} {
		m := filled(n)
		it := reflect.ValueOf(m).MapRange()
		seen := map[string]bool{}
		for it.Next() {
			k := it.Key().String()
			if seen[k] || m[k] != it.Value().Interface() {
				panic("met twice, or another's element")
			}
			seen[k] = true
			if len(seen)%100 == 0 {
				m["new "+k] = nil
				delete(m, "new "+k)
			}
		}
		it.Reset(reflect.ValueOf(m))
		again := 0
		for it.Next() {
			again++
		}
		fmt.Println(n, "by reflection:", len(seen), again)
	}
	close(stop)
	<-done
}
