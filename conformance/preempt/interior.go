// run
// stress
// env: GODEBUG=clobberfree=1

// A loop over a slice goes on from an address inside of the array when nothing needs the slice itself any more.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

type pair struct {
	a uint64
	s string
}

//go:noinline
func sum(s []pair, rounds int) (n uint64) {
	for ; rounds > 0; rounds-- {
		for i := range s {
			n = n*5 + s[i].a + uint64(len(s[i].s))
		}
	}
	return
}

//go:noinline
func last(s []uint64, rounds int) (n uint64) {
	p := &s[len(s)-1]
	for ; rounds > 0; rounds-- {
		*p += uint64(rounds)
		n ^= *p
	}
	return
}

func pairs() []pair {
	s := make([]pair, 1000)
	for i := range s {
		s[i] = pair{uint64(i), fmt.Sprint("text", i)}
	}
	return s
}

var sink []byte

func main() {
	const rounds = 1500
	want, want2 := sum(pairs(), rounds), last(make([]uint64, 5000), rounds*1000)
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
			for i := 0; i < 50; i++ {
				sink = make([]byte, 24000)
			}
		}
		ended <- true
	}()
	for i := 0; i < 4; i++ {
		if got := sum(pairs(), rounds); got != want {
			panic(fmt.Sprint("damaged: ", got, " want ", want))
		}
		if got := last(make([]uint64, 5000), rounds*1000); got != want2 {
			panic(fmt.Sprint("damaged: ", got, " want ", want2))
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(want, want2)
}
