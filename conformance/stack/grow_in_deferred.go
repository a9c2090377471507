// run
// stress

// The stack grows inside a deferred call, both after a return and during a panic.
package main

import "fmt"

//go:noinline
func grow(n int) int {
	var pad [20]int
	if n == 0 {
		return 1
	}
	pad[n%20] = grow(n - 1)
	return pad[n%20] + 1
}

func normal() (r int) {
	local := 7
	p := &local
	defer func() {
		r = grow(5000) + *p
		*p++
		r += local
	}()
	local = 10
	return 1
}

func panicking() (r int) {
	local := 20
	defer func() {
		fmt.Println("recovered", recover(), local)
		r = local + grow(3000)
	}()
	defer func() {
		local += grow(8000)
	}()
	panic("down")
}

func main() {
	for i := 0; i < 2; i++ {
		done := make(chan bool)
		go func() {
			fmt.Println(normal())
			fmt.Println(panicking())
			close(done)
		}()
		<-done
	}
}
