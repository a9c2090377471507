// run

// A panic in a deferred call replaces the one under way; recover gives the last one.
package main

import "fmt"

func replaced() {
	defer func() { fmt.Println("recovered", recover(), recover()) }()
	defer func() { panic("third") }()
	defer func() { panic("second") }()
	panic("first")
}

func inner() {
	defer func() {
		defer func() { fmt.Println("inner one recovered:", recover()) }()
		panic("inner")
	}()
	panic("outer")
}

func chain(n int) {
	defer func() {
		if n > 0 {
			r := recover()
			defer func() { fmt.Print(r, " then ", recover(), "; ") }()
			chain(n - 1)
			panic(fmt.Sprint("after ", n))
		}
	}()
	panic(n)
}

func main() {
	replaced()
	func() {
		defer func() { fmt.Println("outer one recovered:", recover()) }()
		inner()
	}()
	func() {
		defer func() { fmt.Println("at the top:", recover()) }()
		chain(3)
	}()
	// The one aborted by a recovered one does not come back.
	func() {
		defer func() { fmt.Println("nothing is left:", recover()) }()
		func() {
			defer func() { recover() }()
			defer func() { panic("new") }()
			panic("old")
		}()
	}()
}
