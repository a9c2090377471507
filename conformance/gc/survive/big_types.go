// run

// Values whose pointers span more than 128 KB, whose layout is a program: on the heap, in a map, behind an interface, on a
// stack, in a global variable, copied while collections run. What they point to must survive, and a collection must take
// time in proportion to their size.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type row struct { // 100 words
	s [40]string
	n [19]int
	p *int
}

type irregular struct {
	a [3]struct {
		x [70]int
		p *int
	}
	b [50]struct {
		q [2]*int
		n int
	}
}

type mixed [40]struct {
	r [10]row
	u [3]irregular
	v [2000]*int
}

var global [200]row
var sink []byte

func fill(r *row, k int) {
	r.p = new(int)
	*r.p = k
	r.s[k%40] = fmt.Sprint("s", k)
}

func check(what string, rows []row) {
	for i := range rows {
		if *rows[i].p != i || rows[i].s[i%40] != fmt.Sprint("s", i) {
			fmt.Println(what, "row", i, "is damaged")
			return
		}
	}
	fmt.Println(what, "ok")
}

func garbage() {
	for i := 0; i < 20000; i++ {
		sink = make([]byte, 128)
	}
}

//go:noinline
func onStack() {
	var a [200]row
	for i := range a {
		fill(&a[i], i)
	}
	use(&a) // its address is taken: a stack object
	runtime.GC()
	garbage()
	check("stack", a[:])
}

//go:noinline
func use(p *[200]row) { p[0].n[0]++ }

func main() {
	heap := new([16000]row)
	for i := range heap {
		fill(&heap[i], i)
	}
	mix := new(mixed)
	number := func(n int) *int { return &n }
	for i := range mix {
		for j := range mix[i].r {
			fill(&mix[i].r[j], j)
		}
		for j := range mix[i].u {
			mix[i].u[j].a[2].p = number(i + j)
			mix[i].u[j].b[49].q[1] = number(i * j)
		}
		for j := range mix[i].v {
			mix[i].v[j] = number(i - j)
		}
	}
	for i := range global {
		fill(&global[i], i)
	}
	m := map[int][200]row{1: global}
	var boxed any = global
	runtime.GC()
	t := time.Now()
	runtime.GC()
	if d := time.Since(t); d > 3*time.Second {
		fmt.Println("a collection took", d)
	}
	done := make(chan bool)
	go func() {
		for i := 0; i < 3; i++ {
			runtime.GC()
		}
		done <- true
	}()
	copies := make([][200]row, 2)
	for i := 0; i < 20; i++ {
		copies[i%2] = global
	}
	<-done
	garbage()
	check("heap", heap[:])
	for i := range mix {
		for j := range mix[i].u {
			if u := &mix[i].u[j]; *u.a[2].p != i+j || *u.b[49].q[1] != i*j {
				fmt.Println("mixed", i, j, "is damaged")
			}
		}
		for j := range mix[i].v {
			if *mix[i].v[j] != i-j {
				fmt.Println("mixed pointer", i, j, "is damaged")
			}
		}
	}
	check("mixed", mix[39].r[:])
	check("global", global[:])
	inMap, inAny := m[1], boxed.([200]row)
	check("map", inMap[:])
	check("interface", inAny[:])
	check("copy", copies[1][:])
	go func() { onStack(); done <- true }()
	<-done
}
