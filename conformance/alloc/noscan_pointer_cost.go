// run
// env: GOGC=off

// Objects with and without pointers cost the same; a pointer adds no header.
package main

import (
	"fmt"
	"runtime"
)

type plain struct{ a, b, c uint64 }

type linked struct {
	a, b uint64
	next *linked
}

type wide struct {
	next *wide
	pad  [500]byte
}

var (
	p *plain
	l *linked
	w *wide
	s []string
	q [][]int
)

func bytes(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func main() {
	bytes(func() {})
	fmt.Println("plain", bytes(func() { p = new(plain) }))
	fmt.Println("linked", bytes(func() { l = new(linked) }))
	fmt.Println("wide", bytes(func() { w = new(wide) }))
	fmt.Println("100 strings", bytes(func() { s = make([]string, 100) }))
	fmt.Println("1000 strings", bytes(func() { s = make([]string, 1000) }))
	fmt.Println("3000 slices", bytes(func() { q = make([][]int, 3000) }))
}
