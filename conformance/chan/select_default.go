// run

// A select with a default never waits: one case, several cases, full and empty.
package main

import "fmt"

func trySend(c chan int, v int) bool {
	select {
	case c <- v:
		return true
	default:
		return false
	}
}

func tryRecv(c chan int) (int, bool, string) {
	select {
	case v, ok := <-c:
		return v, ok, "received"
	default:
		return -1, false, "empty"
	}
}

func main() {
	c := make(chan int, 2)
	fmt.Println(tryRecv(c))
	fmt.Println(trySend(c, 1), trySend(c, 2), trySend(c, 3))
	fmt.Println(tryRecv(c))
	fmt.Println(tryRecv(c))
	fmt.Println(tryRecv(c))
	u := make(chan int)
	fmt.Println(trySend(u, 1))
	fmt.Println(tryRecv(u))
	close(c)
	fmt.Println(tryRecv(c))

	d := make(chan int, 1)
	for i := 0; i < 4; i++ {
		select {
		case d <- i:
			fmt.Println("sent", i)
		case v := <-d:
			fmt.Println("received", v)
		default:
			fmt.Println("never")
		}
	}
	select {
	default:
		fmt.Println("only a default")
	}
	for i := 0; i < 3; i++ {
		select {
		case <-u:
		case u <- 1:
		default:
			fmt.Print("none ")
		}
	}
	fmt.Println()
}
