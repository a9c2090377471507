// run
// stress

// Arrays of pointers larger than any size class, which are scanned in pieces.
package main

import (
	"fmt"
	"runtime"
)

type leaf struct {
	id   int
	self *leaf
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 20_000; i++ {
		sink = &leaf{id: -1}
	}
}

func check[S ~[]*leaf](p S, step int) (wrong, n int) {
	for i, l := range p {
		if i%step == 0 {
			n++
			if l.id != i || l.self != l {
				wrong++
			}
		} else if l != nil {
			wrong++
		}
	}
	return wrong, n
}

func fill(p []*leaf, step int) {
	for i := 0; i < len(p); i += step {
		p[i] = &leaf{id: i}
		p[i].self = p[i]
	}
}

func main() {
	array := new([20_000]*leaf) // 160 KB
	slice := make([]*leaf, 300_001)
	table := make([][128]*leaf, 500)
	nested := make([][]*leaf, 30_000)
	fill(array[:], 1)
	fill(slice, 3)
	for i := range table {
		fill(table[i][:], 7)
	}
	for i := range nested {
		nested[i] = make([]*leaf, 2)
		fill(nested[i], 1)
	}
	churn()
	churn()
	fmt.Println(check(array[:], 1))
	fmt.Println(check(slice, 3))
	wrong, n := 0, 0
	for i := range table {
		w, k := check(table[i][:], 7)
		wrong, n = wrong+w, n+k
	}
	for i := range nested {
		w, k := check(nested[i], 1)
		wrong, n = wrong+w, n+k
	}
	fmt.Println(wrong, n)
	// Only the last element is left of one, a part of the other.
	last, part := &slice[300_000], array[9_000:9_010]
	slice, array, table, nested = nil, nil, nil, nil
	churn()
	churn()
	fmt.Println((*last).id, (*last).self == *last, part[9].self.id)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	fmt.Println("few left:", m.HeapObjects < 150_000)
}
