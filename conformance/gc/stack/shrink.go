// run
// stress
// timeout: 30

// A stack grows, is shrunk by collections while its goroutine is shallow, and grows again: pointers to
// variables on it stay right, and so does what they point to.
package main

import (
	"fmt"
	"runtime"
)

type box struct{ id, check int }

type state struct {
	n     int
	box   *box
	self  *state
	slice []int
	arr   [4]int
}

var sink *box

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &box{-1, -1}
	}
}

//go:noinline
func deep(n int, s *state) int {
	var pad [16]int
	pad[n%16] = n
	if n == 0 {
		s.n++
		s.slice[2] += s.n
		return s.box.id
	}
	r := deep(n-1, s)
	return r + pad[n%16] - n
}

func (s *state) good(n int) bool {
	return s.n == n && s.self == s && s.box.check == ^s.box.id && &s.slice[0] == &s.arr[0] && s.arr[2] == n*(n+1)/2
}

func live(g, rounds int) (bad int) {
	var s state
	s.self, s.slice, s.box = &s, s.arr[:], &box{g, ^g}
	for round := 1; round <= rounds; round++ {
		if deep(2000, &s) != g {
			bad++
		}
		// Each collection halves a stack that uses a small part of what it has.
		for i := 0; i < 6; i++ {
			churn()
			if !s.good(round) {
				bad++
			}
		}
		s.box = &box{g, ^g}
		if g%2 == 0 {
			runtime.Gosched()
		}
	}
	return bad
}

func main() {
	results := make(chan int)
	for g := 0; g < 5; g++ {
		go func(g int) { results <- live(g, 5) }(g)
	}
	bad := live(100, 5)
	for g := 0; g < 5; g++ {
		bad += <-results
	}
	fmt.Println("bad:", bad)
}
