// run
// stress

// What closures and method values captured, by value and by reference, lives as long as they do.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type counter struct {
	n    int
	name string
	p    *int
}

func (c *counter) add(i int) int { c.n += i; *c.p += i; return c.n }
func (c counter) describe() string {
	return fmt.Sprint(c.name, " ", c.n, " ", *c.p)
}

type adder interface{ add(int) int }

var sink any
var freed atomic.Int32

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		n := -i
		sink = &counter{-1, "rubbish", &n}
		sink = func() int { return *(&n) }
		sink = [3]*int{&n, &n, &n}
	}
}

//go:noinline
func fresh(name string) *counter {
	c := &counter{name: fmt.Sprint(name), p: new(int)}
	runtime.SetFinalizer(c, func(*counter) { freed.Add(1) })
	return c
}

func generator(c *counter) (next func() int, reset func(), text func() string) {
	step, history := 1, []string{c.name}
	next = func() int {
		step++
		history = append(history, fmt.Sprint(step))
		return c.add(step)
	}
	return next, func() { step = 0 }, func() string { return fmt.Sprint(history) }
}

func compose(n int) func(int) int {
	if n == 0 {
		return func(x int) int { return x }
	}
	inner, p := compose(n-1), new(int)
	*p = n
	return func(x int) int { return inner(x + *p) }
}

func use() {
	next, reset, text := generator(fresh("one"))
	add := fresh("two").add
	describe := (*fresh("three")).describe
	through := adder(fresh("four")).add
	expr := (*counter).add
	five := fresh("five")
	chain := compose(100)
	for i := 0; i < 5; i++ {
		churn()
		fmt.Println(next(), add(i), describe(), through(2*i), expr(five, 3), chain(i))
		if i == 2 {
			reset()
		}
	}
	fmt.Println(text())
	runtime.KeepAlive(describe)
}

func main() {
	use()
	for i := 0; i < 500 && freed.Load() < 5; i++ {
		churn()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("freed:", freed.Load())
}
