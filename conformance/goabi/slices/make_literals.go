// run
// stress

// make and literals with constant, variable and typed sizes; nested ones.
package main

import (
	"errors"
	"fmt"
	"slices"
)

func main() {
	n := 5
	var u8 uint8 = 200
	var i64 int64 = 3
	fmt.Println(len(make([]int, n)), cap(make([]int, n, n*2)), len(make([]string, u8)), cap(make([]byte, i64, u8)))
	sparse := []string{2: "two", "three", 7: "seven", 5: "five"}
	fmt.Printf("%d %q\n", len(sparse), sparse)
	table := [...][]int{{1}, nil, {2, 3}, make([]int, 2)}
	fmt.Println(table, len(table))
	points := []*struct{ x, y int }{{1, 2}, {3, 4}}
	fmt.Println(points[1].y, *points[0])
	grid := make([][]float64, 3)
	for i := range grid {
		grid[i] = make([]float64, i)
	}
	fmt.Println(grid)
	big := make([][100]int, 50)
	big[49][99] = 1
	copied := big[49]
	big[49][99] = 2
	fmt.Println(copied[99], len(big))
	for i, v := range [3]int{1, 2, 3} {
		table[0][0] += i * v
	}
	fmt.Println(table[0])
	arr := [3]int{1, 2, 3}
	for i, v := range arr { // over a copy
		arr[2] = 100
		if i == 2 {
			fmt.Println(v, arr[2])
		}
	}
	for i, v := range arr[:] { // over the array itself
		arr[2] = 200
		if i == 2 {
			fmt.Println(v)
		}
	}
	s := []int{3, 1, 2}
	for i := range s {
		s = append(s, i) // the length was taken before
	}
	slices.Sort(s)
	at, found := slices.BinarySearch(s, 2)
	fmt.Println(s, at, found, slices.Max(s), slices.Index(s, 3), slices.Contains(s, 9))
	errs := []error{nil, errors.New("e")}
	fmt.Println(len(errs), errs[0] == nil, min(3, 1, 2), max(2.5, 1))
}
