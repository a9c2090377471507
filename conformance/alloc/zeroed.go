// run
// stress

// New memory is zero, also where old memory is used again.
package main

import "fmt"

type rec struct {
	a int
	p *rec
	s string
	e interface{}
	f [6]float64
}

var keep interface{}

func main() {
	dirty := 0
	for _, n := range []int{1, 7, 8, 9, 15, 16, 33, 100, 500, 1000, 2049, 9000, 33000, 70000} {
		for round := 0; round < 20; round++ {
			b := make([]byte, n)
			for i := range b {
				if b[i] != 0 {
					dirty++
				}
				b[i] = 0xff
			}
			keep = b
			ps := make([]*rec, n/8+1)
			for i := range ps {
				if ps[i] != nil {
					dirty++
				}
				ps[i] = new(rec)
				if *ps[i] != (rec{}) {
					dirty++
				}
				*ps[i] = rec{1, ps[0], "x", 2, [6]float64{1, 2, 3, 4, 5, 6}}
				if i == 200 {
					break
				}
			}
			keep = ps
		}
	}
	fmt.Println("dirty:", dirty)
}
