// run
// timeout: 60

// 200 MB of small garbage beside a live heap of 16 MB, with no limit: as many collections as the percentage asks for, and a heap
// that stays near what it allows. Counted in collections and bytes; so small that collecting does not come to its limit even where
// it is emulated.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type node struct {
	l, r *node
	v    [2]int
}

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{l: tree(d - 1), r: tree(d - 1)}
}

var sink any

func main() {
	debug.SetGCPercent(100)
	keep := tree(18) // 512K nodes of 32 bytes
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 50000; i++ {
		sink = make([]byte, 4096)
	}
	runtime.ReadMemStats(&after)
	if n := after.NumGC - before.NumGC; n < 3 || n > 20 {
		fmt.Println("collections:", n)
	}
	if mb := after.HeapSys >> 20; mb > 140 {
		fmt.Println("the heap has grown to", mb, "MB")
	}
	fmt.Println("done", keep != nil)
}
