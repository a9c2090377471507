// run

// A string within a key that is not there: whether an operation reads it depends on the operation and on how many entries the map has, not
// on what they are.
package main

import (
	"fmt"
	"runtime/debug"
	"syscall"
	"unsafe"
)

type pair struct {
	a int
	s string
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

func operations[K comparable](name string, bad K, good func(i int) K) {
	for _, n := range []int{0, 1, 8, 100} {
		m := map[K]int{}
		for i := 0; i < n; i++ {
			m[good(i)] = i
		}
		try(fmt.Sprint(name, " delete ", n), func() { delete(m, bad) })
		// Go's maps of eight short strings are searched by length first, and so are Goxide's, of more kinds.
		if n == 0 || n > 8 {
			try(fmt.Sprint(name, " look up ", n), func() { _ = m[bad] })
		}
		try(fmt.Sprint(name, " assign ", n), func() { m[bad] = 1 })
		// It would be fatal if a fault had left a mark.
		m[good(0)]++
		fmt.Println(len(m))
	}
}

func main() {
	debug.SetPanicOnFault(true)
	page, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	bad := unsafe.String(&page[0], 5)
	num := func(i int) string { return fmt.Sprint(i) }
	operations("string", bad, num)
	operations("[1]string", [1]string{bad}, func(i int) [1]string { return [1]string{num(i)} })
	operations("[2]string", [2]string{"x", bad}, func(i int) [2]string { return [2]string{num(i), "y"} })
	operations("pair", pair{1, bad}, func(i int) pair { return pair{i, num(i)} })
}
