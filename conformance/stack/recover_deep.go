// run
// stress

// A panic from far below is recovered at the top, and the stack is as good as new.
package main

import "fmt"

//go:noinline
func dive(n int, seen *int) int {
	local := n
	defer func() {
		if local == n {
			*seen++
		}
	}()
	if n == 0 {
		panic("bottom")
	}
	return dive(n-1, seen) + 1
}

func try(n int) (what interface{}, seen int) {
	defer func() { what = recover() }()
	dive(n, &seen)
	return nil, -1
}

func main() {
	for i := 0; i < 5; i++ {
		fmt.Println(try(200 * (i + 1)))
	}
	done := make(chan bool)
	go func() {
		fmt.Println(try(3000))
		fmt.Println(try(3))
		close(done)
	}()
	<-done
}
