// run
// stress
// timeout: 20

// Ten thousand goroutines wait, each with data that its stack alone leads to.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type box struct {
	id, check int
	next      *box
}

var sink *box

func churn() {
	runtime.GC()
	for i := 0; i < 30_000; i++ {
		sink = &box{id: -1}
	}
}

func chain(id, n int) (b *box) {
	for i := n; i > 0; i-- {
		b = &box{id * i, ^(id * i), b}
	}
	return b
}

func (b *box) sum() (s int) {
	for ; b != nil; b = b.next {
		if b.check != ^b.id {
			return -1 << 40
		}
		s += b.id
	}
	return s
}

//go:noinline
func hold(depth, id int, gate chan bool, ready *sync.WaitGroup) int {
	b := chain(id, 3)
	if depth > 0 {
		s := hold(depth-1, id, gate, ready)
		return s + b.sum()
	}
	ready.Done()
	<-gate
	return b.sum()
}

func main() {
	const n = 10_000
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	gate := make(chan bool)
	sums := make([]int, n)
	for i := range sums {
		go func(i int) {
			defer done.Done()
			sums[i] = hold(i%4, i, gate, &ready)
		}(i)
		if i%4000 == 0 {
			runtime.Gosched()
			churn()
		}
	}
	ready.Wait()
	for i := 0; i < 3; i++ {
		churn()
	}
	close(gate)
	churn()
	done.Wait()
	bad := 0
	for i, s := range sums {
		if s != 6*i*(i%4+1) {
			bad++
		}
	}
	fmt.Println("bad:", bad)
}
