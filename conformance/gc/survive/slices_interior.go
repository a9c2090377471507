// run
// stress

// Pointers into the middle of objects keep the whole object and what it leads to: fields, elements,
// slices of slices, arrays in structs.
package main

import (
	"fmt"
	"runtime"
)

type inner struct {
	n int
	p *int
}

type outer struct {
	first *outer
	list  [10]inner
	tail  inner
	last  *string
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		n := -i
		sink = &outer{tail: inner{n, &n}}
		sink = &inner{n, &n}
		sink = make([]*int, 100)
	}
}

//go:noinline
func fresh(id int) *outer {
	o := &outer{}
	for i := range o.list {
		n := id*100 + i
		o.list[i] = inner{n, &n}
	}
	s := fmt.Sprint("last", id)
	n := id
	o.tail, o.last = inner{id, &n}, &s
	return o
}

func main() {
	const n = 300
	var fields []*int
	var ptrs []**int
	var elems []*inner
	var slices [][]inner
	var arrays []*[10]inner
	var lasts []**string
	for i := 0; i < n; i++ {
		fields = append(fields, &fresh(i).tail.n)
		ptrs = append(ptrs, &fresh(i).list[9].p)
		elems = append(elems, &fresh(i).list[i%10])
		slices = append(slices, fresh(i).list[3:][2:5:7][:1])
		arrays = append(arrays, &fresh(i).list)
		lasts = append(lasts, &fresh(i).last)
		if i%100 == 0 {
			churn()
		}
	}
	churn()
	churn()
	wrong := 0
	for i := 0; i < n; i++ {
		whole := slices[i][:2]
		if *fields[i] != i || **ptrs[i] != i*100+9 || *elems[i].p != i*100+i%10 || *whole[0].p != i*100+5 || *whole[1].p != i*100+6 ||
			*arrays[i][0].p != i*100 || **lasts[i] != fmt.Sprint("last", i) {
			wrong++
		}
	}
	// From a slice of four elements of a large array to all of it.
	big := make([]*int, 50_000)
	for i := range big {
		i := i
		big[i] = &i
	}
	part := big[40_000:40_004]
	big = nil
	churn()
	part = part[:10_000]
	for i, p := range part {
		if *p != 40_000+i {
			wrong++
		}
	}
	array := (*[4]*int)(part)
	churn()
	fmt.Println("wrong:", wrong, *array[3], len(part))
}
