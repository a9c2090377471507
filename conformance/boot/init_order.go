// run

// Package variables are initialised by dependency, then the init functions run in the
// order of the source, and only then main.
package main

import "fmt"

var (
	a = trace("a", c+b)
	b = trace("b", f())
	c = trace("c", 1)
	d = trace("d", 3)
)

var x, y = pair()

var _ = trace("blank", d)

func f() int {
	d++
	return d
}

func pair() (int, int) {
	fmt.Println("pair")
	return 10, 20
}

func trace(name string, v int) int {
	fmt.Println("var", name, v)
	return v
}

func init() {
	fmt.Println("first init", a, b, c, d)
	a = 100
}

func init() {
	fmt.Println("second init", a)
}

func main() {
	fmt.Println("main", a, b, c, d, x, y)
}

func init() {
	fmt.Println("third init", x+y)
}
