// run

// Deferred calls in loops: their records are used again, while collections come and go, goroutines change and panics are recovered. What a call
// holds is alive until it was made, and no call is lost or made twice.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type value struct {
	n    int
	next *value
}

// list is a chain of k values that sums up to k times n.
func list(k, n int) (l *value) {
	for ; k > 0; k-- {
		l = &value{n, l}
	}
	return l
}

func sum(l *value) (s int) {
	for ; l != nil; l = l.next {
		s += l.n
	}
	return s
}

// calls defers n calls, and answers what they add up to.
func calls(n, round int, end func(i int)) (total int) {
	defer func() { recover() }()
	for i := 0; i < n; i++ {
		i, l := i, list(5, i+round)
		defer func() {
			end(i)
			total += sum(l)
		}()
		if i%7 == 3 {
			runtime.GC()
		}
	}
	if round%3 == 1 {
		panic(round)
	}
	return
}

// nested defers in a loop inside of deferred calls that a panic makes.
func nested(depth int) (total int) {
	defer func() {
		if r := recover(); r != nil {
			total += 1000
		}
	}()
	for i := 0; i < 3; i++ {
		l := list(2, i)
		defer func() {
			if depth > 0 {
				total += nested(depth - 1)
			}
			total += sum(l)
		}()
	}
	panic("nested")
}

func main() {
	for round := 0; round < 9; round++ {
		fmt.Println(round, calls(40, round, func(int) {}), calls(20, round, func(i int) {
			if i == 11 {
				runtime.GC()
			}
			if i%5 == 2 {
				runtime.Gosched()
			}
		}))
	}
	fmt.Println(nested(4))

	// Records that one processor keeps come from goroutines that began on others.
	var wg sync.WaitGroup
	sums := make([]int, 16)
	for g := range sums {
		g := g
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := 0; round < 60; round++ {
				sums[g] += calls(33, round, func(i int) {
					if i%16 == g {
						runtime.Gosched()
					}
				})
			}
			for i := 0; i < 5; i++ {
				defer func() { sums[g] += 1 << 40 }()
			}
			if g%2 == 0 {
				runtime.Goexit()
			}
		}()
	}
	wg.Wait()
	fmt.Println(sums)
}
