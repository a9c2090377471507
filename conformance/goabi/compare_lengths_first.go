// run

// Strings of different lengths are unequal before their bytes are read, and so are arrays of which any two strings have different
// lengths, and structs of which any other field differs: the bytes here cannot be read at all.
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
		{[3]string{one, "a", "b"}, [3]string{two, "a", "bb"}},
		{[3]string{"a", one, two}, [3]string{"aa", two, one}},
		{[9]string{one, two, 8: "a"}, [9]string{two, one, 8: ""}},
		{nested{"a", nil, 1}, nested{"a", nil, 2}},
		{nested{"a", [2]string{one, "a"}, 1}, nested{"a", [2]string{two, ""}, 1}},
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
