// run

// Deferring a nil function panics when it is its turn, not at the defer statement.
package main

import "fmt"

func f(n int) {
	defer func() { fmt.Println("recovered:", recover()) }()
	var null func()
	defer fmt.Println("runs after the nil one")
	if n == 1 {
		defer null()
	}
	for i := 0; i < n-1; i++ {
		defer null()
	}
	fmt.Println("body", n)
}

type doer interface{ do() }

func main() {
	for n := 0; n < 4; n++ {
		f(n)
	}
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var d doer
		defer d.do() // a nil interface panics here and now
		fmt.Println("not reached")
	}()
}
