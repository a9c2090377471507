// run
// stress

// Objects of one word that is a pointer: chains of pointers to pointers, and slices with one element.
package main

import (
	"fmt"
	"runtime"
	"unsafe"
)

type pp struct{ p *pp }

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 5000; i++ {
		sink = &pp{}
		n := -i
		p := &n
		sink = &p
	}
}

func main() {
	const n = 10_000
	// A chain of one-word objects, closed to a ring.
	first := &pp{}
	last := first
	for i := 1; i < n; i++ {
		last.p = &pp{}
		last = last.p
		if i%2500 == 0 {
			churn()
		}
	}
	last.p = first
	churn()
	length, seen := 1, map[*pp]bool{first: true}
	for x := first.p; x != first; x = x.p {
		seen[x] = true
		length++
	}
	fmt.Println("ring:", length, len(seen))

	var deep []***int
	var ones [][]*int
	var funcs []*func() int
	var chans []*chan int
	var maps []*map[string]int
	for i := 0; i < 2000; i++ {
		i := i
		p := &i
		q := &p
		deep = append(deep, &q)
		ones = append(ones, []*int{&i})
		f := func() int { return i }
		c := make(chan int, 1)
		c <- i
		m := map[string]int{"i": i}
		funcs, chans, maps = append(funcs, &f), append(chans, &c), append(maps, &m)
	}
	churn()
	churn()
	wrong := 0
	for i := range deep {
		if ***deep[i] != i || *ones[i][0] != i || (*funcs[i])() != i || <-*chans[i] != i || (*maps[i])["i"] != i {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong, unsafe.Sizeof(pp{}) == unsafe.Sizeof(uintptr(0)))
}
