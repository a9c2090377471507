// run
// stress

// Pointers are swapped within and between large objects while collections run: of each pair one place may
// have been scanned and the other not.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type cell struct{ id, check int }

var sink *cell

func main() {
	const n = 40_000 // two arrays of 320 KB
	a, b := make([]*cell, n), make([]*cell, n)
	for i := range a {
		a[i], b[i] = &cell{i, ^i}, &cell{n + i, ^(n + i)}
	}
	stop := make(chan bool)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				for i := 0; i < 10_000; i++ {
					sink = &cell{-1, -1}
				}
				runtime.Gosched()
			}
		}
	}()
	seed := uint32(1)
	next := func() int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	for round := 0; round < 150; round++ {
		for k := 0; k < 4000; k++ {
			i, j := next(), next()
			switch k % 4 {
			case 0:
				a[i], b[j] = b[j], a[i]
			case 1:
				a[i], a[j] = a[j], a[i]
			case 2: // by way of a variable, with the places empty in between
				x, y := a[i], b[j]
				a[i], b[j] = nil, nil
				b[j], a[i] = x, y
			case 3: // from the last places to the first
				i /= 100
				a[i], b[n-1-i] = b[n-1-i], a[i]
			}
		}
		runtime.Gosched()
	}
	close(stop)
	wg.Wait()
	seen, bad := make([]bool, 2*n), 0
	for _, s := range [][]*cell{a, b} {
		for _, c := range s {
			if c == nil || c.check != ^c.id || seen[c.id] {
				bad++
				continue
			}
			seen[c.id] = true
		}
	}
	fmt.Println("bad:", bad)
}
