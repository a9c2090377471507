// run

// Channels and values of all cases are evaluated once, from top to bottom, before one
// is chosen; the left side of a receive only when that case is taken.
package main

import "fmt"

func ch(name string, c chan int) chan int {
	fmt.Println("channel", name)
	return c
}

func val(name string, v int) int {
	fmt.Println("value", name)
	return v
}

func index(i int) int {
	fmt.Println("index", i)
	return i
}

func main() {
	full := make(chan int, 1)
	full <- 1
	empty := make(chan int)
	ready := make(chan int, 1)
	ready <- 42
	var arr [3]int
	var ok bool
	select {
	case ch("full", full) <- val("for full", 10):
		fmt.Println("sent to full")
	case arr[index(0)] = <-ch("empty", empty):
		fmt.Println("received from empty")
	case arr[index(1)], ok = <-ch("ready", ready):
		fmt.Println("received from ready")
	case ch("nil", nil) <- val("for nil", 11):
		fmt.Println("sent to nil")
	}
	fmt.Println(arr, ok)

	select {
	case ch("full again", full) <- val("again", 5):
	default:
		fmt.Println("default")
	}
	m := map[string]int{}
	ready <- 6
	select {
	case m["key"] = <-ready:
	}
	fmt.Println(m)
}
