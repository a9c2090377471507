// run

// The capacity after appending several elements at once to a slice of some length.
package main

import "fmt"

func table[T any](name string) {
	fmt.Println(name)
	for _, have := range []int{0, 1, 4, 5, 255, 256, 257, 1000} {
		for _, add := range []int{1, 2, 3, 7, 100, 300, 1500} {
			s := append(make([]T, have), make([]T, add)...)
			fmt.Printf(" %d+%d=%d", have, add, cap(s))
		}
		fmt.Println()
	}
}

func main() {
	table[byte]("bytes")
	table[int]("ints")
	table[string]("strings")
	table[[3]int]("triples")
}
