// run
// stress

// Package variables are roots, with a value from the start or without, small and large, alone and in
// structs and arrays.
package main

import (
	"fmt"
	"runtime"
)

type item struct {
	id   int
	name string
	next *item
}

type holder struct {
	n    int
	item *item
	list []*item
	byID map[int]*item
	any  any
	f    func() *item
}

var (
	plain    *item                                            // zero at the start
	linked   = &item{1, "static", &item{2, "behind it", nil}} // laid out by the compiler
	zeroed   holder
	filled   = holder{n: 5, item: &item{id: 3, name: "field"}, list: []*item{{id: 4}, {id: 5}}}
	array    [5000]*item
	matrix   [100][10]holder
	numbers  [100]int // no pointers
	strs     [1000]string
	table    = [...]holder{2: {n: 2}, 7: {n: 7, item: linked}}
	byName   = map[string]*item{"a": {id: 6}}
	iface    any
	channel  chan *item
	function func() *item
	generic  = pair[*item, string]{}
)

type pair[A, B any] struct {
	n int
	a A
	b B
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 5000; i++ {
		sink = &item{-1, "rubbish", nil}
		sink = fmt.Sprint("rubbish", i)
	}
	sink = nil
}

func fresh(id int) *item { return &item{id, fmt.Sprint("item", id), nil} }

func main() {
	plain, zeroed.item, filled.item = fresh(1), fresh(2), fresh(3)
	linked.next.next = fresh(4) // from static data to the heap
	filled.list[1].next, byName["a"].next, byName["b"] = fresh(5), fresh(6), fresh(7)
	zeroed.list, zeroed.byID, zeroed.any = []*item{fresh(8)}, map[int]*item{9: fresh(9)}, fresh(10)
	for i := range array {
		array[i] = fresh(i)
	}
	for i := range strs {
		strs[i] = fmt.Sprint("string", i)
	}
	for i := range matrix {
		matrix[i][9].f, matrix[i][3].any = func() *item { return array[11] }, fresh(i)
		numbers[i] = i
	}
	table[9-2].list = append(table[7].list, fresh(12))
	iface, channel = *fresh(13), make(chan *item, 1)
	channel <- fresh(14)
	x := fresh(15)
	function = func() *item { return x }
	generic.a, generic.b = fresh(16), fmt.Sprint("b", 16)
	x = nil
	x = fresh(15)
	for i := 0; i < 3; i++ {
		churn()
	}
	wrong := 0
	got := []*item{plain, zeroed.item, filled.item, linked.next.next, filled.list[1].next, byName["a"].next, byName["b"],
		zeroed.list[0], zeroed.byID[9], zeroed.any.(*item), matrix[5][9].f(), table[7].list[0]}
	x2 := iface.(item)
	got = append(got, &x2, <-channel, function(), generic.a)
	for i, it := range got {
		if it.id != i+1 || it.name != fmt.Sprint("item", i+1) {
			wrong++
			if i != 10 || it.id != 11 {
				fmt.Println("wrong:", i+1, it.id, it.name)
			}
		}
	}
	for i := range array {
		if array[i].id != i || array[i].name != fmt.Sprint("item", i) || strs[i%1000] != fmt.Sprint("string", i%1000) || matrix[i%100][3].any.(*item).id != i%100 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong, linked.name, linked.next.name, table[7].item == linked, generic.b)
}
