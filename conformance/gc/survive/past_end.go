// run
// stress

// A slice of nothing at the end of an object neither keeps the object's neighbour nor loses the object:
// its address is never that of the neighbour.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

var freed [2000]atomic.Bool

type elem struct {
	id int
	p  *int
}

type block [4]elem // of exactly a size class, without room at its end

//go:noinline
func fresh(id int) []elem {
	b := new(block)
	for i := range b {
		b[i] = elem{id, new(int)}
	}
	runtime.SetFinalizer(b, func(b *block) { freed[b[0].id].Store(true) })
	return b[:]
}

func count() (n int) {
	for i := range freed {
		if freed[i].Load() {
			n++
		}
	}
	return n
}

//go:noinline
func build() (ends [][]elem, texts []string) {
	for i := range freed {
		b := fresh(i)
		if i%2 == 0 {
			ends = append(ends, b[len(b):])
		}
		s := string(make([]byte, 64))
		texts = append(texts, s[len(s):])
	}
	return ends, texts
}

func main() {
	ends, texts := build()
	for i := 0; i < 500 && count() < len(freed)/2; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	time.Sleep(time.Millisecond)
	neighbours := 0
	for i := 1; i < len(freed); i += 2 {
		if !freed[i].Load() {
			neighbours++
		}
	}
	fmt.Println("neighbours kept:", neighbours)
	total := 0
	for i := range ends {
		total += len(ends[i]) + cap(ends[i]) + len(texts[2*i])
		grown := append(ends[i], elem{id: i})
		if len(grown) != 1 || grown[0].id != i {
			fmt.Println("append", i)
		}
	}
	fmt.Println("in them:", total)
	// With room behind, the end keeps its object.
	b := make([]*int, 3, 5)
	b = b[:5]
	b[4] = new(int)
	*b[4] = 99
	b = b[3:3]
	for i := 0; i < 3; i++ {
		runtime.GC()
		for j := 0; j < 1000; j++ {
			texts = append(texts[:j%10], fmt.Sprint(j))
		}
	}
	fmt.Println(*b[:2][1])
}
