// run
// stress

// Maps in maps, slices, functions and channels as elements.
package main

import (
	"fmt"
	"sort"
)

func main() {
	count := map[string]map[string]int{}
	text := []string{"a", "b", "a", "c", "b", "a", "c", "c", "a", "b"}
	for i := 1; i < len(text); i++ {
		if count[text[i-1]] == nil {
			count[text[i-1]] = map[string]int{}
		}
		count[text[i-1]][text[i]]++
	}
	fmt.Println(count)

	lists := map[int][]string{}
	for i, s := range text {
		lists[i%3] = append(lists[i%3], s)
	}
	lists[0][1] = "changed in place"
	fmt.Println(lists)

	ops := map[string]func(int, int) int{
		"add": func(a, b int) int { return a + b },
		"sub": func(a, b int) int { return a - b },
	}
	ops["twice"] = func(a, _ int) int { return ops["add"](a, a) }
	fmt.Println(ops["add"](2, 3), ops["sub"](2, 3), ops["twice"](4, 0), ops["mul"] == nil)

	graph := map[int]map[int]bool{}
	for i := 0; i < 100; i++ {
		a, b := i*7%30, i*11%30
		for _, e := range [][2]int{{a, b}, {b, a}} {
			if graph[e[0]] == nil {
				graph[e[0]] = make(map[int]bool)
			}
			graph[e[0]][e[1]] = true
		}
	}
	var degrees []int
	for _, to := range graph {
		degrees = append(degrees, len(to))
	}
	sort.Ints(degrees)
	fmt.Println(len(graph), degrees)
	structs := map[string]struct{ n int }{"x": {1}}
	v := structs["x"]
	v.n = 2
	fmt.Println(structs["x"].n, v.n)
}
