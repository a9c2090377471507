// run
// stress

// Goroutines wait for channels deep in their stacks, receive into locals there, and
// go on to grow.
package main

import "fmt"

//go:noinline
func receive(c <-chan [4]int, n int) int {
	var v [4]int
	p := &v
	if n > 0 {
		r := receive(c, n-1)
		return r + p[0]
	}
	*p = <-c
	w := <-c
	select {
	case v2 := <-c:
		w[1] += v2[1]
	}
	return p[0] + w[1] + extra(300)
}

//go:noinline
func extra(n int) int {
	var pad [50]int
	if n == 0 {
		return pad[0]
	}
	return extra(n - 1)
}

func main() {
	const workers = 10
	out := make(chan int)
	var ins [workers]chan [4]int
	for i := range ins {
		ins[i] = make(chan [4]int)
		go func(i int) { out <- receive(ins[i], 50*i) }(i)
	}
	for round := 0; round < 3; round++ {
		for i := range ins {
			ins[i] <- [4]int{i, round, 0, 9}
		}
	}
	total := 0
	for range ins {
		total += <-out
	}
	fmt.Println(total)
}
