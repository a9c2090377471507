// run

// Many pairs of interface and type, found at run time and found again, by several
// goroutines at once.
package main

import (
	"fmt"
	"sync"
)

type (
	m1 interface{ A() int }
	m2 interface{ B() int }
	m3 interface {
		A() int
		B() int
	}
	m4 interface {
		B() int
		C() int
	}
)

type t1 int
type t2 [2]int
type t3 struct{ v int }
type t4 string

func (t t1) A() int  { return int(t) }
func (t t2) A() int  { return t[0] }
func (t t2) B() int  { return t[1] }
func (t *t3) A() int { return t.v }
func (t *t3) B() int { return t.v * 2 }
func (t *t3) C() int { return t.v * 3 }
func (t t4) B() int  { return len(t) }
func (t t4) C() int  { return -len(t) }

func ask(x interface{}) (s [4]int) {
	if v, ok := x.(m1); ok {
		s[0] = v.A()
	}
	if v, ok := x.(m2); ok {
		s[1] = v.B()
	}
	if v, ok := x.(m3); ok {
		s[2] = v.A() + v.B()
	}
	if v, ok := x.(m4); ok {
		s[3] = v.B() * v.C()
	}
	return
}

func main() {
	values := []interface{}{t1(5), t2{6, 7}, &t3{8}, t3{9}, t4("four"), nil, 10}
	var wg sync.WaitGroup
	results := make([][7][4]int, 8)
	for g := range results {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for round := 0; round < 20; round++ {
				for i, v := range values {
					results[g][i] = ask(v)
				}
			}
		}(g)
	}
	wg.Wait()
	same := true
	for _, r := range results {
		same = same && r == results[0]
	}
	fmt.Println(same, results[0])
}
