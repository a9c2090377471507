// run

// Channels of channels and of functions: requests that carry the way to answer.
package main

import "fmt"

type request struct {
	op    func(int, int) int
	a, b  int
	reply chan<- int
}

func serve(in <-chan request, quit <-chan chan string) {
	served := 0
	for {
		select {
		case r := <-in:
			served++
			go func() { r.reply <- r.op(r.a, r.b) }()
		case bye := <-quit:
			bye <- fmt.Sprint("served ", served)
			return
		}
	}
}

func main() {
	in := make(chan request)
	quit := make(chan chan string)
	go serve(in, quit)
	add := func(a, b int) int { return a + b }
	mul := func(a, b int) int { return a * b }
	var replies []chan int
	for i := 0; i < 10; i++ {
		reply := make(chan int)
		op := add
		if i%2 == 1 {
			op = mul
		}
		in <- request{op, i, 10, reply}
		replies = append(replies, reply)
	}
	for i := len(replies) - 1; i >= 0; i-- {
		fmt.Print(<-replies[i], " ")
	}
	fmt.Println()
	bye := make(chan string)
	quit <- bye
	fmt.Println(<-bye)

	nested := make(chan chan chan int, 1)
	mid := make(chan chan int, 1)
	inner := make(chan int, 1)
	nested <- mid
	mid <- inner
	inner <- 5
	fmt.Println(<-<-<-nested)
	calls := make(chan func() string, 1)
	calls <- func() string { return "called" }
	fmt.Println((<-calls)())
}
