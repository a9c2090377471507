// run

// Strings of different lengths are unequal before their bytes are read, and so are
// structs of which any other field differs: the bytes here cannot be read at all.
package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

type named struct {
	name string
	id   int
}

type pair struct{ key, value string }

type nested struct {
	name  string
	inner any
	id    int
}

func main() {
	page, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	one, two := unsafe.String(&page[0], 3), unsafe.String(&page[1], 3)
	for _, c := range [][2]any{
		{one, two[:2]},
		{named{one, 1}, named{two, 2}},
		{pair{one, "a"}, pair{two, "aa"}},
		{pair{"a", one}, pair{"b", two}},
		{[2]pair{{"a", one}, {}}, [2]pair{{"b", two}, {}}},
		{nested{"a", nil, 1}, nested{"a", nil, 2}},
		{nested{"a", one, 1}, nested{"b", two, 1}},
	} {
		fmt.Println(c[0] == c[1])
	}
	func() {
		defer func() { fmt.Println(recover()) }()
		// The interface comes before the last field.
		fmt.Println(any(nested{"a", []int{}, 1}) == any(nested{"a", []int{}, 2}))
	}()
}
