// run
// stress

// Channels of elements of every shape: empty, tiny, huge, with pointers.
package main

import "fmt"

type big [1024]byte

type mixed struct {
	p *int
	s string
	a [3]interface{}
	f func() int
}

func pass[T any](v T, capacity int) T {
	c := make(chan T, capacity)
	out := make(chan T)
	go func() {
		for v := range c {
			out <- v
		}
		close(out)
	}()
	c <- v
	got := <-out
	c <- got
	got = <-out
	close(c)
	<-out
	return got
}

func main() {
	for capacity := 0; capacity < 3; capacity++ {
		fmt.Println(pass(struct{}{}, capacity), pass([0]int{}, capacity))
		fmt.Println(pass(true, capacity), pass(int8(-3), capacity), pass('x', capacity), pass(2.5, capacity))
		fmt.Println(pass("text", capacity), pass([]int{1, 2}, capacity), pass(complex(1, -1), capacity))
		fmt.Println(pass(map[int]int{1: 2}, capacity), pass(error(nil), capacity), pass(any("any"), capacity))
		var b big
		for i := range b {
			b[i] = byte(i)
		}
		b = pass(b, capacity)
		fmt.Println(b[0], b[255], b[1023])
		n := 5
		m := pass(mixed{&n, "s", [3]interface{}{1, "2", 3.0}, func() int { n++; return n }}, capacity)
		fmt.Println(m.p == &n, m.s, m.a, m.f())
	}
}
