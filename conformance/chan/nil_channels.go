// run

// Nil channels: never ready in a select, which is how a case is switched off.
package main

import "fmt"

func main() {
	var null chan int
	select {
	case v := <-null:
		fmt.Println("received", v)
	case null <- 1:
		fmt.Println("sent")
	default:
		fmt.Println("neither")
	}

	a, b := make(chan int), make(chan int)
	go func() {
		for i := 0; i < 3; i++ {
			a <- i
		}
		close(a)
	}()
	go func() {
		for i := 10; i < 15; i++ {
			b <- i
		}
		close(b)
	}()
	var fromA, fromB []int
	for a != nil || b != nil {
		select {
		case v, ok := <-a:
			if !ok {
				a = nil
				break
			}
			fromA = append(fromA, v)
		case v, ok := <-b:
			if !ok {
				b = nil
				break
			}
			fromB = append(fromB, v)
		}
	}
	fmt.Println(fromA, fromB, a == nil, b == nil, a == null)
}
