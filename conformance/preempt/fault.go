// run
// stress

// A loop that was interrupted many times and then faults panics at its own line.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

type node struct {
	next *node
	v    int
}

//go:noinline
func walk(p *node, sum *int) {
	for {
		*sum += p.v // line 22
		p = p.next
	}
}

func main() {
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		var m runtime.MemStats
		for !stop.Load() {
			runtime.ReadMemStats(&m)
			runtime.Gosched()
		}
		ended <- true
	}()
	for i := 0; i < 3; i++ {
		first := &node{v: 1}
		for k := 0; k < 100_000; k++ {
			first = &node{first, 2}
		}
		var sum int
		func() {
			defer func() {
				r := recover()
				buf := make([]byte, 4096)
				text := string(buf[:runtime.Stack(buf, false)])
				fmt.Println(r, strings.Contains(text, "main.walk("), strings.Contains(text, "fault.go:22"))
			}()
			walk(first, &sum)
		}()
		fmt.Println(sum)
	}
	stop.Store(true)
	<-ended
}
