// run
// stress
// env: GODEBUG=clobberfree=1

// Variables of outer frames are reached from a loop by pointers in registers only; what these variables point to stays.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

type box struct {
	left, right *uint64
	text        []string
}

//go:noinline
func loop(b *box, n int) (sum uint64) {
	for i := 0; i < n; i++ {
		sum = sum*7 + *b.left + *b.right + uint64(len(b.text))
		b.left, b.right = b.right, b.left
	}
	return
}

//go:noinline
func frame(depth, n int) uint64 {
	b := box{new(uint64), new(uint64), []string{fmt.Sprint(depth), "x"}}
	*b.left, *b.right = uint64(depth), uint64(n)
	var sum uint64
	if depth > 0 {
		sum = frame(depth-1, n)
	}
	return sum + loop(&b, n) + uint64(len(b.text[0]))
}

func main() {
	const depth, n = 20, 50_000
	want := frame(depth, n)
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
		}
		ended <- true
	}()
	for i := 0; i < 5; i++ {
		if got := frame(depth, n); got != want {
			panic(fmt.Sprint("damaged: ", got, " want ", want))
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(want)
}
