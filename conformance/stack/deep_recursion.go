// run
// stress

// A stack grows from a few kilobytes to many megabytes, on main and elsewhere.
package main

import "fmt"

//go:noinline
func depth(n int) int {
	if n == 0 {
		return 0
	}
	return depth(n-1) + 1
}

//go:noinline
func sum(a, b, c, n int) (int, int) {
	if n == 0 {
		return a, b
	}
	x, y := sum(b, c, a, n-1)
	return x + n, y + c
}

func main() {
	for _, n := range []int{1, 10, 100, 1000, 10_000, 100_000} {
		fmt.Println(n, depth(n))
	}
	done := make(chan int)
	go func() {
		done <- depth(50_000)
	}()
	fmt.Println(<-done)
	fmt.Println(sum(1, 2, 3, 30_000))
}
