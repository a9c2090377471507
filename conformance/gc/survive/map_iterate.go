// run
// stress
// timeout: 30

// A collection in the middle of iterations over maps that grow, shrink and change during it.
package main

import (
	"fmt"
	"runtime"
)

type item struct {
	id   int
	text string
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 500; i++ {
		sink = &item{-1, "rubbish"}
	}
}

func main() {
	m := map[string]*item{}
	for i := 0; i < 300; i++ {
		m[fmt.Sprint("old", i)] = &item{i, fmt.Sprint("text", i)}
	}
	wrong, old, steps := 0, map[int]bool{}, 0
	for k, v := range m {
		if v.text != fmt.Sprint("text", v.id) || v.id < 1000 && k != fmt.Sprint("old", v.id) {
			wrong++
		}
		if v.id < 1000 {
			if old[v.id] {
				wrong++
			}
			old[v.id] = true
			// New entries make the map grow beneath the iteration; some go at once.
			for j := 0; j < 4; j++ {
				id := 1000 + 4*v.id + j
				m[fmt.Sprint("new", id)] = &item{id, fmt.Sprint("text", id)}
			}
			delete(m, fmt.Sprint("new", 1000+4*v.id))
		}
		if steps%40 == 0 {
			churn()
		}
		steps++
	}
	fmt.Println("wrong:", wrong, "seen:", len(old), "left:", len(m))

	// The iteration alone keeps the map.
	func() {
		n := 0
		for k, v := range forget() {
			if n%100 == 0 {
				churn()
			}
			if k.text != v.text || k.id != v.id {
				wrong++
			}
			n++
		}
		fmt.Println("wrong:", wrong, "n:", n)
	}()
	// Everything goes while the iteration is under way.
	n := 0
	for k := range m {
		delete(m, k)
		if n%100 == 0 {
			clear(m)
			churn()
			m["last"] = &item{0, "text0"}
		}
		n++
	}
	fmt.Println("wrong:", wrong, "left:", len(m) <= 1)
}

//go:noinline
func forget() map[item]*item {
	m := map[item]*item{}
	for i := 0; i < 500; i++ {
		m[item{i, fmt.Sprint(i)}] = &item{i, fmt.Sprint(i)}
	}
	return m
}
