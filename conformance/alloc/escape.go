// run
// stress

// Every execution of a declaration whose address escapes gives a new variable.
package main

import "fmt"

type point struct{ x, y int }

func local(i int) *int {
	v := i * i
	return &v
}

func param(p point) *point {
	p.x++
	return &p
}

func result(i int) (out point, where *point) {
	out = point{i, -i}
	where = &out
	return out, where
}

func main() {
	var ints []*int
	for i := 0; i < 5; i++ {
		ints = append(ints, local(i))
	}
	for _, p := range ints {
		fmt.Print(*p, " ")
		*p = -1
	}
	fmt.Println(*ints[0], *ints[4])

	p := point{1, 2}
	q, r := param(p), param(p)
	q.y = 50
	fmt.Println(p, *q, *r, q != r)

	out, where := result(3)
	where.x = 9
	fmt.Println(out, *where)

	var kept [3]func() int
	for i := range kept {
		j := i * 10
		kept[i] = func() int { j++; return j }
	}
	fmt.Println(kept[0](), kept[0](), kept[1](), kept[2](), kept[0]())
}
