// run
// exit: 2

// An uncaught run-time error, with the function at fault on top.
package main

import "fmt"

//go:noinline
func third(list []string, i int) string {
	return list[i]
}

//go:noinline
func second(i int) string {
	return "<" + third([]string{"a", "b"}, i) + ">"
}

func main() {
	for i := 0; i < 5; i++ {
		fmt.Println(second(i))
	}
}
