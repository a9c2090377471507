// run

// The capacity after appending one element at a time, for elements of many sizes.
package main

import "fmt"

type (
	b3  [3]byte
	b5  [5]byte
	b12 [12]byte
	b24 [24]byte
	b40 [40]byte
	b64 [64]byte
	b99 [99]byte
	kib [1024]byte
	ptr struct {
		p *int
		n [2]int
	}
)

func caps[T any](name string, upTo int) {
	var s []T
	var zero T
	fmt.Print(name, ":")
	last := -1
	for len(s) < upTo {
		s = append(s, zero)
		if cap(s) != last {
			last = cap(s)
			fmt.Print(" ", last)
		}
	}
	fmt.Println()
}

func main() {
	caps[byte]("byte", 5000)
	caps[b3]("3 bytes", 2000)
	caps[int32]("int32", 5000)
	caps[b5]("5 bytes", 2000)
	caps[int]("int", 5000)
	caps[b12]("12 bytes", 2000)
	caps[string]("string", 3000)
	caps[b24]("24 bytes", 2000)
	caps[[]int]("slice", 2000)
	caps[ptr]("struct with pointer", 1000)
	caps[b40]("40 bytes", 1000)
	caps[b64]("64 bytes", 1000)
	caps[b99]("99 bytes", 600)
	caps[kib]("1 KiB", 300)
}
