// run

// append writes in place while there is room and moves when there is none; other
// slices of the old array notice the one and not the other.
package main

import "fmt"

func main() {
	base := make([]int, 3, 6)
	a := append(base, 1)
	b := append(base, 2) // the same place
	fmt.Println(a[3], b[3], len(base), cap(a))
	c := append(base[:3:3], 3) // no room: a new array
	fmt.Println(a[3], c[3], cap(c))
	c[0] = 100
	fmt.Println(base[0], c[0])
	full := append(a, 5, 6)
	full[0] = 7
	fmt.Println(base[0], a[0], cap(full))
	moved := append(full, 7)
	moved[0] = 8
	fmt.Println(full[0], moved[0], cap(moved))

	// Appending a slice to itself, and a part of it.
	s := []int{1, 2, 3}
	s = append(s, s...)
	fmt.Println(s)
	s = append(s, s[2:4]...)
	fmt.Println(s)
	t := make([]int, 2, 10)
	t[0], t[1] = 1, 2
	t = append(t, t...)
	fmt.Println(t)
	// Deleting and inserting by append, over the same array.
	t = append(t[:1], t[2:]...)
	fmt.Println(t, t[:4])
	t = append(t[:1], append([]int{9, 9}, t[1:]...)...)
	fmt.Println(t)
	var null []int
	fmt.Println(append(null) == nil, append(null, []int{}...) == nil, len(append(null, 1)))
	fmt.Println(append([]byte("ab"), "cd"...), string(append([]byte(nil), "text"...)))
	grid := append([][]int(nil), []int{1}, nil)
	grid[1] = append(grid[1], 2, 3)
	fmt.Println(grid)
	var e []interface{}
	e = append(e, 1, "two", nil, e)
	fmt.Println(len(e), e)
}
