// run
// stderr

// println of pointers, slices, maps, channels, functions and interfaces prints
// addresses; nil ones are zero.
package main

type stringer interface{ String() string }

var global int

func main() {
	var p *int
	var s []int
	var m map[string]int
	var c chan int
	var f func()
	var e interface{}
	var i stringer
	println(p, m, c, f == nil)
	println(s)
	println(e, i)
	p = &global
	println(p != nil)
	s = make([]int, 3, 7)
	println(len(s), cap(s))
	println(s[0], m["x"], len(c), len(m))
}
