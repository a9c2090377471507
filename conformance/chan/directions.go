// run

// Conversions between channel directions keep the identity of the channel.
package main

import "fmt"

func produce(out chan<- int, n int) {
	for i := 0; i < n; i++ {
		out <- i
	}
	close(out)
}

func consume(in <-chan int) (sum int) {
	for v := range in {
		sum += v
	}
	return
}

type sink chan<- int

func main() {
	c := make(chan int, 1)
	go produce(c, 10)
	fmt.Println(consume(c))

	var in <-chan int = c
	var out chan<- int = c
	d := make(chan int)
	fmt.Println(in == c, out == c, c == d, in == nil, sink(c) == out)
	set := map[interface{}]string{c: "both", in: "in", out: "out"}
	fmt.Println(len(set), set[c], set[in], set[out], set[d] == "")
	fmt.Printf("%T %T %T\n", c, in, out)
	var x, y interface{} = c, c
	fmt.Println(x == y, x == interface{}(in))
}
