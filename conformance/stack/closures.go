// run
// stress

// Closures on the stack, with variables captured by reference, across growth.
package main

import "fmt"

//go:noinline
func deep(n int, f func(int) int) int {
	if n == 0 {
		return f(1)
	}
	local := n
	g := func(x int) int {
		local += x
		return f(x + 1)
	}
	r := deep(n-1, g)
	if local <= n {
		return -1
	}
	return r
}

//go:noinline
func pad(n int) int {
	var a [100]int
	if n > 0 {
		a[n%100] = pad(n - 1)
	}
	return a[n%100] + 1
}

func main() {
	count := 0
	bump := func(x int) int { count += x; return count }
	fmt.Println(deep(1, bump), count)
	fmt.Println(deep(500, bump), count)
	done := make(chan int)
	go func() {
		n := 0
		inc := func() { n++ }
		for i := 0; i < 10; i++ {
			inc()
			pad(i * 50)
			inc()
		}
		done <- n
	}()
	fmt.Println(<-done)
}
