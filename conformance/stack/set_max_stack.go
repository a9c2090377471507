// run

// SetMaxStack returns the former limit, and what stays below the limit goes on well.
package main

import (
	"fmt"
	"runtime/debug"
)

//go:noinline
func depth(n int) int {
	var pad [10]int
	if n == 0 {
		return pad[0]
	}
	return depth(n-1) + 1
}

func main() {
	fmt.Println(debug.SetMaxStack(64 << 20))
	fmt.Println(debug.SetMaxStack(32 << 20))
	fmt.Println(depth(20_000))
	fmt.Println(debug.SetMaxStack(1_000_000_000))
}
