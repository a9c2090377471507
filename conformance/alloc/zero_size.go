// run
// env: GOGC=off

// Things without size cost nothing and have an address all the same.
package main

import (
	"fmt"
	"runtime"
)

type empty struct{}

type trailing struct {
	n int
	e empty
}

var (
	ptrs [100]*empty
	arr  *[0]int
	sl   []empty
	tr   *trailing
)

func main() {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range ptrs {
		ptrs[i] = new(empty)
	}
	arr = new([0]int)
	sl = make([]empty, 1<<40)
	runtime.ReadMemStats(&after)
	fmt.Println(after.TotalAlloc-before.TotalAlloc, ptrs[0] != nil, ptrs[99] != nil, arr != nil)
	fmt.Println(len(sl), cap(sl))
	sl = append(sl, empty{})
	fmt.Println(len(sl))
	tr = &trailing{n: 5}
	e := &tr.e
	fmt.Println(e != nil, tr.n)
	total := 0
	for range sl[:1000] {
		total++
	}
	fmt.Println(total)
}
