// run
// stress

// Receivers, interface values and method values that live on a moving stack.
package main

import "fmt"

type counter struct {
	n   int
	pad [10]int
}

func (c *counter) Add(d int) { c.n += d }
func (c counter) Get() int   { return c.n }

type adder interface {
	Add(int)
	Get() int
}

//go:noinline
func deep(a adder, n int) {
	var c counter
	own := adder(&c)
	a.Add(1)
	if n > 0 {
		deep(own, n-1)
		if own.Get() != 1 || c.n != 1 {
			panic("the receiver was left behind")
		}
	}
}

//go:noinline
func through(f func(int), n int) {
	f(n)
	if n > 0 {
		var c counter
		g := c.Add
		through(g, n-1)
		if c.n != n-1 {
			panic("the method value lost its receiver")
		}
	}
}

func main() {
	done := make(chan counter)
	go func() {
		var c counter
		deep(&c, 3000)
		through(c.Add, 2000)
		done <- c
	}()
	c := <-done
	fmt.Println(c.n, c.Get())
}
