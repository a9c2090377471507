// run
// exit: 2

// A panic while a package variable is being computed.
package main

import "fmt"

var table = []int{1, 2, 3}

var picked = pick(table, len(table))

//go:noinline
func pick(t []int, i int) int {
	return t[i]
}

func main() {
	fmt.Println("not reached", picked)
}
