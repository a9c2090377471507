// run
// stress

// Finalizers may be set for objects so small that they share a block, for objects inside a block, and for
// objects without a size; whether the first ever run is open, but nothing is damaged.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type empty struct{}

var ints []*int8
var trues []*bool
var strange int

func main() {
	for i := 0; i < 1000; i++ {
		n, b := new(int8), new(bool)
		*n, *b = int8(i), i%3 == 0
		runtime.SetFinalizer(n, func(n *int8) {
			if *n%2 == 0 {
				strange++
			}
		})
		runtime.SetFinalizer(b, func(*bool) {})
		if i%2 == 0 {
			ints, trues = append(ints, n), append(trues, b)
		}
	}
	runtime.SetFinalizer(new(empty), func(*empty) { strange++ })
	runtime.SetFinalizer(new([0]*int), func(*[0]*int) { strange++ })
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
		for j := 0; j < 1000; j++ {
			*new(int8)--
		}
	}
	wrong := 0
	for i := range ints {
		if *ints[i] != int8(2*i) || *trues[i] != (2*i%3 == 0) {
			wrong++
		}
	}
	runtime.KeepAlive(ints)
	fmt.Println("wrong:", wrong)
}
