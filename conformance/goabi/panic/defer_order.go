// run

// Deferred calls run last to first; their arguments are those of the defer statement.
package main

import "fmt"

type t struct{ n int }

func (v t) value()    { fmt.Print("v", v.n, " ") }
func (v *t) pointer() { fmt.Print("p", v.n, " ") }

func open() {
	x := 1
	defer fmt.Println("one", x)
	x = 2
	defer func(y int) { fmt.Print("two ", x, y, " ") }(x)
	x = 3
	v := t{x}
	defer v.value()
	defer v.pointer()
	v.n = 4
	f := func() { fmt.Print("old ") }
	defer f()
	f = func() { fmt.Print("new ") }
}

func conditional(n int) {
	if n&1 != 0 {
		defer fmt.Print("a ")
	}
	defer fmt.Print("b ")
	if n&2 != 0 {
		defer fmt.Print("c ")
		if n&4 != 0 {
			defer fmt.Print("d ")
		}
	}
	fmt.Print(n, ": ")
}

func loop(n int) {
	for i := 0; i < n; i++ {
		defer fmt.Print(i, " ")
	}
	defer fmt.Print("first ")
}

func many() {
	defer fmt.Print("1 ")
	defer fmt.Print("2 ")
	defer fmt.Print("3 ")
	defer fmt.Print("4 ")
	defer fmt.Print("5 ")
	defer fmt.Print("6 ")
	defer fmt.Print("7 ")
	defer fmt.Print("8 ")
	defer fmt.Print("9 ")
}

func main() {
	open()
	for n := 0; n < 8; n++ {
		conditional(n)
		fmt.Println()
	}
	loop(5)
	fmt.Println()
	many()
	fmt.Println()
}
