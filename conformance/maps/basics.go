// run
// stress

// Insert, look up, overwrite, delete, count.
package main

import "fmt"

func main() {
	m := map[string]int{}
	m["a"] = 1
	m["b"] = 2
	m["a"] += 10
	m["c"]++
	v, ok := m["zzz"]
	fmt.Println(len(m), m["a"], m["b"], m["c"], v, ok)
	delete(m, "a")
	delete(m, "a")
	delete(m, "never there")
	v, ok = m["a"]
	fmt.Println(len(m), v, ok)
	m["a"] = 5
	_, ok = m["a"]
	fmt.Println(m, ok)

	n := map[int]int{}
	for i := 0; i < 5000; i++ {
		n[i*i%7919] = i
	}
	before := len(n)
	removed := 0
	for i := 0; i < 7919; i += 3 {
		if _, ok := n[i]; ok {
			delete(n, i)
			removed++
		}
	}
	wrong := 0
	for k, v := range n {
		if k%3 == 0 || v*v%7919 != k {
			wrong++
		}
	}
	fmt.Println(before-len(n) == removed, wrong)
	p := &m
	(*p)["d"] = 7
	q := m // the same map
	q["e"] = 8
	fmt.Println(len(m), m["d"], m["e"])
}
