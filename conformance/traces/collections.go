// run taken.go
// gomaxprocs: 1,2,4

// Collections are in a trace, from their beginning to the end of marking, with the heap's size and goal.
package main

import (
	"fmt"
	trace "internal/trace"
	"runtime"
)

func main() {
	events := taken(func() {
		for i := 0; i < 3; i++ {
			runtime.GC()
		}
	})
	begun, ended, alloc, goal, procs := 0, 0, false, false, false
	for _, ev := range events {
		switch ev.Type {
		case trace.EvGCStart:
			begun++
		case trace.EvGCDone:
			ended++
		case trace.EvHeapAlloc:
			alloc = alloc || ev.Args[0] > 0
		case trace.EvHeapGoal:
			goal = goal || ev.Args[0] > 0
		case trace.EvGomaxprocs:
			procs = procs || int(ev.Args[0]) == runtime.GOMAXPROCS(0)
		}
	}
	fmt.Println(begun, ended, alloc, goal, procs)
}
