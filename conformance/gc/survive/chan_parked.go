// run
// stress

// Goroutines that wait in sends, receives and selects: what they are about to send lives on their stacks
// alone, and what arrives is written to their stacks.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type box struct {
	id   int
	text string
	p    *int
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		n := -i
		sink = &box{-1, "rubbish", &n}
		sink = fmt.Sprint("rubbish", i)
	}
}

func fresh(id int) *box {
	n := id * id
	return &box{id, fmt.Sprint("text", id), &n}
}

func isGood(b *box) bool { return b.text == fmt.Sprint("text", b.id) && *b.p == b.id*b.id }

func main() {
	const n = 200
	c, values, never, nor := make(chan *box), make(chan box), make(chan *box), make(chan *box)
	results := make(chan *box)
	answers := make(chan bool, 3*n)
	var started sync.WaitGroup
	for i := 0; i < n; i++ {
		started.Add(3)
		go func(i int) { // sends a pointer or a value, from its stack
			started.Done()
			if i%2 == 0 {
				c <- fresh(i)
			} else {
				values <- *fresh(i)
			}
		}(i)
		go func(i int) { // waits in a select with several cases
			b := fresh(i)
			started.Done()
			select {
			case never <- b:
			case x := <-nor:
				b = x
			case results <- b:
			}
			answers <- isGood(b)
		}(i)
		go func(i int) { // receives into variables on its stack
			mine := fresh(i)
			var got box
			var ok bool
			started.Done()
			if i%2 == 0 {
				got, ok = <-values
			} else {
				p, k := <-c
				got, ok = *p, k
			}
			churn2(i)
			answers <- ok && isGood(&got) && isGood(mine)
		}(i)
	}
	started.Wait()
	churn()
	bad, sum := 0, 0
	for i := 0; i < n; i++ {
		b := <-results
		if i%40 == 0 {
			churn()
		}
		if !isGood(b) {
			bad++
		}
		sum += b.id
	}
	for i := 0; i < 2*n; i++ {
		if !<-answers {
			bad++
		}
	}
	fmt.Println("bad:", bad, "sum:", sum)
}

func churn2(i int) {
	if i%50 == 0 {
		churn()
	}
}
