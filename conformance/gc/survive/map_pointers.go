// run
// stress

// Maps whose keys, elements or both hold pointers, in every place that a bucket has for them.
package main

import (
	"fmt"
	"runtime"
)

type point struct{ x, y *int }

type key struct {
	name string
	p    *int
	any  any
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 3000; i++ {
		n := -i
		sink = &n
		sink = &point{&n, &n}
		sink = fmt.Sprint("rubbish", i)
	}
}

func check(what string, wrong int, total int) {
	fmt.Println(what, "wrong:", wrong, "of", total)
}

func main() {
	const n = 1500
	numbers := map[*int]*int{}
	strs := map[string]string{}
	points := map[point]int{}
	byInt := map[int32]*point{}
	ifaces := map[any]any{}
	mixed := map[key][]*int{}
	chans := map[chan int]func() int{}
	arrays := map[[3]*int][2]string{}
	for i := 0; i < n; i++ {
		i, a, b := i, new(int), new(int)
		*a, *b = i, -i
		numbers[a] = b
		strs[fmt.Sprint("key", i)] = fmt.Sprint("elem", i)
		points[point{a, b}] = i
		byInt[int32(i)] = &point{a, b}
		ifaces[fmt.Sprint("i", i)] = &point{b, a}
		ifaces[i] = fmt.Sprint(i)
		mixed[key{fmt.Sprint("m", i), a, *b}] = []*int{a, b, a}
		chans[make(chan int)] = func() int { return *a + i }
		arrays[[3]*int{a, b, a}] = [2]string{fmt.Sprint(i), fmt.Sprint(-i)}
		if i%500 == 250 {
			churn()
		}
	}
	churn()
	wrong := [8]int{}
	bad := func(i int, isBad bool) {
		if isBad {
			wrong[i]++
		}
	}
	for a, b := range numbers {
		bad(0, *a != -*b)
	}
	for p, i := range points {
		bad(2, *p.x != i || *p.y != -i)
	}
	for i := 0; i < n; i++ {
		bad(1, strs[fmt.Sprint("key", i)] != fmt.Sprint("elem", i))
		bad(3, *byInt[int32(i)].x != i)
		bad(4, *ifaces[fmt.Sprint("i", i)].(*point).y != i || ifaces[i] != fmt.Sprint(i))
	}
	for k, list := range mixed {
		bad(5, k.name != fmt.Sprint("m", *k.p) || k.any != -*k.p || *list[0]+*list[1] != 0 || list[2] != k.p)
	}
	sum := 0
	for c, f := range chans {
		sum += f() + len(c)
	}
	bad(6, sum != n*(n-1))
	for k, e := range arrays {
		bad(7, e != [2]string{fmt.Sprint(*k[0]), fmt.Sprint(*k[1])} || *k[2] != *k[0])
	}
	for i, m := range []int{len(numbers), len(strs), len(points), len(byInt), len(ifaces), len(mixed), len(chans), len(arrays)} {
		check(fmt.Sprint(i), wrong[i], m)
	}
}
