// run
// stress

// Finalizers run in the order of the pointers: A's, whose object leads to B, first, and B's after a
// collection that began when A was gone.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type link struct {
	name string
	next *link
}

type event struct {
	name    string
	cycle   uint32
	intact  bool
	waiting int
}

var events = make(chan event, 10)

func finalize(l *link) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	behind := 0
	for x := l.next; x != nil; x = x.next {
		if len(x.name) != 1 {
			behind = -100
		}
		behind++
	}
	events <- event{l.name, m.NumGC, len(l.name) == 1, behind}
}

//go:noinline
func build() {
	var l *link
	for _, name := range []string{"E", "D", "C", "B", "A"} {
		l = &link{name, l}
		runtime.SetFinalizer(l, finalize)
	}
}

func main() {
	build()
	last := uint32(0)
	for n, tries := 0, 0; n < 5 && tries < 1000; tries++ {
		runtime.GC()
		select {
		case e := <-events:
			fmt.Println(e.name, "intact:", e.intact, "behind it:", e.waiting, "later cycle:", e.cycle > last)
			last = e.cycle
			n++
		case <-time.After(2 * time.Millisecond):
		}
	}
	runtime.GC()
	fmt.Println("more:", len(events))
}
