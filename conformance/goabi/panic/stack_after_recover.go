// run
// stress

// Locals, loops and closures go on undisturbed after many recovered panics.
package main

import "fmt"

type op func(a, b int) int

func safely(f op, a, b int) (r int, ok bool) {
	defer func() {
		if e := recover(); e != nil {
			r, ok = -1, false
		}
	}()
	return f(a, b), true
}

func main() {
	ops := map[string]op{
		"div": func(a, b int) int { return a / b },
		"idx": func(a, b int) int { return []int{10, 20, 30}[a+b] },
		"nil": func(a, b int) int {
			var p *[4]int
			if a > b {
				p = &[4]int{a, b}
			}
			return p[0] + p[1]
		},
	}
	names := []string{"div", "idx", "nil"}
	failed := map[string]int{}
	sum := 0
	local := [4]int{1, 2, 3, 4}
	for a := 0; a < 10; a++ {
		for b := 0; b < 10; b++ {
			for i, name := range names {
				r, ok := safely(ops[name], a, b)
				if ok {
					sum += r * local[i]
				} else {
					failed[name]++
				}
			}
		}
	}
	fmt.Println(sum, failed, local)
}
