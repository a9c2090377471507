// run taken.go
// gomaxprocs: 1,2,4

// What goroutines sweep for what they allocate is in a trace: beginning and end, bytes of spans and of what became free.
package main

import (
	"fmt"
	trace "internal/trace"
	"runtime/debug"
	"strings"
)

type node struct {
	next *node
	room [12]int
}

var kept *node

//go:noinline
func grow(n int) {
	for i := 0; i < n; i++ {
		kept = &node{next: kept}
		if i%8 != 0 {
			kept = kept.next
		}
	}
}

var big []byte

//go:noinline
func growBig(n int) {
	for i := 0; i < n; i++ {
		big = make([]byte, 1<<20)
	}
}

func main() {
	debug.SetGCPercent(20)
	begun, unended, named := 0, 0, false
	var swept, freed uint64
	// The collector's own sweeping may be faster now and then.
	for round := 0; round < 100 && (freed == 0 || !named); round++ {
		grow(200_000)
		events := taken(func() {
			grow(100_000)
			growBig(20)
		})
		for _, ev := range events {
			if ev.Type != trace.EvGCSweepStart {
				continue
			}
			begun++
			if ev.Link == nil || ev.Link.Type != trace.EvGCSweepDone || ev.Link.P != ev.P || ev.Link.G != ev.G || ev.G == 0 {
				unended++
				continue
			}
			swept += ev.Link.Args[0]
			freed += ev.Link.Args[1]
			if ev.Link.Args[0] == 0 || ev.Link.Args[1] > ev.Link.Args[0] {
				fmt.Println("swept", ev.Link.Args[0], "freed", ev.Link.Args[1])
			}
			for _, f := range ev.Stk {
				named = named || strings.HasPrefix(f.Fn, "main.grow")
			}
		}
		kept = nil
	}
	fmt.Println(begun > 0, unended, swept > 0, freed > 0, named)
}
