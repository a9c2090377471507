// run
// stress

// Deferred calls, their arguments and their closures survive a growing stack.
package main

import "fmt"

var ran int

//go:noinline
func note(p *int, want int) {
	if *p == want {
		ran++
	}
}

//go:noinline
func nest(n int) (result int) {
	v := n * 3
	defer note(&v, n*3)
	defer func() { result += v - n*3 + 1 }()
	if n == 0 {
		return 0
	}
	return nest(n - 1)
}

//go:noinline
func inLoop(n int) (out []int) {
	for i := 0; i < n; i++ {
		i := i
		defer func() {
			if i%100 == 0 {
				out = append(out, i)
			}
		}()
		if i == n/2 {
			nest(2000)
		}
	}
	return nil
}

func main() {
	fmt.Println(nest(3000), ran)
	fmt.Println(inLoop(1000))
	fmt.Println(ran)
}
