// run

// A long chain of variables, each written above the one it needs.
package main

import "fmt"

var order []int

var v0 = step(0, v1+1)
var v1 = step(1, v2+1)
var v2 = step(2, v3+1)
var v3 = step(3, v4+1)
var v4 = step(4, v5+1)
var v5 = step(5, v6+1)
var v6 = step(6, v7+1)
var v7 = step(7, base())

// base is reached through a function value, which counts as a dependency too.
var base = func() int { return seed * 10 }

var seed = step(8, 7)

func step(i, v int) int {
	order = append(order, i)
	return v
}

func main() {
	fmt.Println(order)
	fmt.Println(v0, v1, v2, v3, v4, v5, v6, v7, seed)
}
