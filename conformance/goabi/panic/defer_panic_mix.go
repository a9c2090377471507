// run

// Conditional and looped defers that a panic must run: exactly those that were reached.
package main

import "fmt"

func f(n int) {
	defer fmt.Print("outer ")
	if n > 1 {
		defer fmt.Print("n>1 ")
	}
	for i := 0; i < n; i++ {
		defer func(i int) { fmt.Print("loop", i, " ") }(i)
		if i == 3 {
			panic("in the loop")
		}
	}
	if n == 2 {
		var p *int
		*p = 1
	}
	defer fmt.Print("last ")
	if n == 0 {
		panic("at the end")
	}
}

func open(n int) {
	defer func() { fmt.Print("A") }()
	if n == 0 {
		panic(0)
	}
	defer func() { fmt.Print("B") }()
	if n == 1 {
		panic(1)
	}
	if n == 2 {
		defer func() { fmt.Print("C") }()
	}
	panic(n)
}

func run(g func(int), n int) {
	defer func() { fmt.Println("->", recover()) }()
	g(n)
}

func main() {
	for n := 0; n < 6; n++ {
		run(f, n)
	}
	for n := 0; n < 4; n++ {
		run(open, n)
	}
}
