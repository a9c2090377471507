// run
// stress

// Structs of more than 512 bytes, whose pointers are found through their type, and slices of them; types
// so large that the compiler describes them by a program instead of a mask.
package main

import (
	"fmt"
	"runtime"
)

type node struct {
	id  int
	pad [2]int
	p   *int
}

type (
	mid struct { // 1.6 KB
		head [40]int
		list [100]struct {
			n int
			p *int
		}
	}
	huge struct { // 40 KB, with repetitions in repetitions
		name  string
		table [30][20]node
		mids  [12]mid
		end   *int
	}
	giant [9000]node // 288 KB
	pairs [3]struct {
		a [700]struct {
			p *int
			x uint8
		}
		s [500]string
	}
)

var sink any

func number(i int) *int { n := i; return &n }

func churn() {
	runtime.GC()
	for i := 0; i < 20_000; i++ {
		sink = number(-i)
		if i%1000 == 0 {
			sink = &mid{}
			sink = fmt.Sprint("rubbish", i)
		}
	}
}

func main() {
	mids := make([]mid, 7)
	h := &huge{name: fmt.Sprint("huge", 1)}
	hs := make([]huge, 3)
	g := new(giant)
	ps := new(pairs)
	for i := range mids {
		for j := range mids[i].list {
			mids[i].list[j].p = number(i + j)
		}
	}
	for _, h := range []*huge{h, &hs[1], &hs[2]} {
		for i := range h.table {
			for j := range h.table[i] {
				h.table[i][j].p = number(i * j)
			}
		}
		h.mids[11].list[99].p, h.mids[0].list[0].p, h.end = number(11), number(12), number(13)
	}
	for i := range g {
		g[i].p = number(i)
	}
	for i := range ps {
		for j := range ps[i].a {
			ps[i].a[j].p = number(i + j)
		}
		for j := range ps[i].s {
			ps[i].s[j] = fmt.Sprint(i, j)
		}
	}
	churn()
	churn()
	wrong := 0
	eq := func(p *int, want int) {
		if *p != want {
			wrong++
		}
	}
	for i := range mids {
		for j := range mids[i].list {
			eq(mids[i].list[j].p, i+j)
		}
	}
	for _, h := range []*huge{h, &hs[1], &hs[2]} {
		for i := range h.table {
			for j := range h.table[i] {
				eq(h.table[i][j].p, i*j)
			}
		}
		eq(h.mids[11].list[99].p, 11)
		eq(h.mids[0].list[0].p, 12)
		eq(h.end, 13)
	}
	for i := range g {
		eq(g[i].p, i)
	}
	for i := range ps {
		for j := range ps[i].a {
			eq(ps[i].a[j].p, i+j)
		}
		for j, s := range ps[i].s {
			if s != fmt.Sprint(i, j) {
				wrong++
			}
		}
	}
	fmt.Println(h.name, "wrong:", wrong)
}
