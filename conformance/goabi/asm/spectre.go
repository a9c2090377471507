// run -gcflags=-spectre=ret

//go:build amd64

// Indirect calls that are compiled against speculation go through package runtime.
package main

import "fmt"

type shape interface{ area(f func(int) int) int }

type square int
type pair [2]int

func (s square) area(f func(int) int) int { return f(int(s)) * int(s) }
func (p pair) area(f func(int) int) int   { return f(p[0]) * p[1] }

//go:noinline
func sum(shapes []shape, f func(int) int) (n int) {
	for _, s := range shapes {
		n += s.area(f)
	}
	return n
}

func main() {
	k := 1
	defer func() { fmt.Println(recover(), k) }()
	fmt.Println(sum([]shape{square(3), pair{4, 5}, square(2)}, func(n int) int { return n + k }))
	done := make(chan int)
	go func(f func() int) { done <- f() }(func() int { return k * 7 })
	fmt.Println(<-done)
	k++
	sum([]shape{nil}, nil)
}
