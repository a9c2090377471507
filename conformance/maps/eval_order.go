// run

// When operands of map statements are evaluated, and what panics leave behind.
package main

import "fmt"

var m = map[string]int{}

func key(s string) string {
	fmt.Print("key ", s, "; ")
	return s
}

func val(i int) int {
	fmt.Print("val ", i, "; ")
	return i
}

func boom() int { panic("boom") }

func main() {
	m[key("a")] = val(1)
	m[key("b")], m[key("c")] = val(2), val(3)
	m[key("a")] += val(10)
	fmt.Println(len(m), m)

	func() {
		defer func() { fmt.Println(recover(), len(m)) }()
		m["new"] = boom()
	}()
	func() {
		defer func() { fmt.Println(recover(), len(m)) }()
		m["new"] = len(m) / m["zero"]
	}()
	var null map[string]int
	func() {
		defer func() { fmt.Println(recover()) }()
		null[key("k")] = val(7)
	}()
	// The right side sees the map as it was before.
	m["x"] = len(m)
	fmt.Println(m["x"], len(m))
	s := []int{0, 0, 0}
	i := 0
	i, s[i] = 1, 5
	m["i"], i = i, 2
	fmt.Println(s, m["i"], i)
	lit := map[string]int{key("p"): val(1), key("q"): val(2)}
	fmt.Println(lit)
}
