// run
// stress
// timeout: 30

// Deferred calls keep their functions, arguments and captures until they have run: the open-coded ones,
// those of loops, and those of panicking functions.
package main

import (
	"fmt"
	"runtime"
)

type note struct {
	id   int
	text string
	next *note
}

var sink any
var wrong, ran int

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &note{-1, "rubbish", nil}
		n := i
		sink = func() int { n++; return n }
		sink = [2]*note{nil, nil}
	}
}

func fresh(id int) *note { return &note{id, fmt.Sprint("note", id), &note{id: -id}} }

func (n *note) check(id int) {
	ran++
	if n.id != id || n.text != fmt.Sprint("note", id) || n.next.id != -id {
		wrong++
	}
}

func (n note) checkCopy(id int) { (&n).check(id) }

func openCoded() {
	a := fresh(1)
	defer a.check(1)
	defer fresh(2).checkCopy(2)
	defer func(n *note, s string) {
		n.check(len(s))
	}(fresh(3), fmt.Sprint("ab", "c"))
	if a.id == 1 {
		b := fresh(4)
		defer func() { b.check(4) }()
	}
	f := fresh(5).check
	defer f(5)
	churn()
}

func loops() {
	for i := 0; i < 100; i++ {
		n := fresh(i)
		if i%2 == 0 {
			defer n.check(i)
		} else {
			i := i
			defer func() {
				if i%20 == 1 {
					churn()
				}
				n.check(i)
			}()
		}
	}
	churn()
}

func panics(depth int) {
	n := fresh(depth)
	defer func() {
		churn()
		n.check(depth)
	}()
	for i := 0; i < 3; i++ {
		defer fresh(i).check(i)
	}
	if depth == 0 {
		panic(fresh(1000))
	}
	panics(depth - 1)
}

func results() (n *note) {
	defer func() { churn(); n = &note{n.id + 1, n.text, n.next} }()
	defer churn()
	return fresh(41)
}

func main() {
	openCoded()
	loops()
	func() {
		defer func() { churn(); recover().(*note).check(1000) }()
		panics(20)
	}()
	r := results()
	churn()
	fmt.Println("ran:", ran, "wrong:", wrong, r.id, r.text, r.next.id)
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fresh(7).check(7)
		defer churn()
		runtime.Goexit()
	}()
	<-done
	fmt.Println("ran:", ran, "wrong:", wrong)
}
