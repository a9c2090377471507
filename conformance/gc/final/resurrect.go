// run
// stress

// A finalizer may make its object reachable again, and set a finalizer again.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type phoenix struct {
	lives int
	name  string
	wing  *int
}

var saved = make(chan *phoenix, 1)

func rise(p *phoenix) {
	p.lives++
	if p.lives < 4 {
		runtime.SetFinalizer(p, rise)
	}
	saved <- p
}

//go:noinline
func hatch() {
	p := &phoenix{name: fmt.Sprint("phoenix", 1), wing: new(int)}
	*p.wing = 77
	runtime.SetFinalizer(p, rise)
}

//go:noinline
func catch() bool {
	for i := 0; i < 1000; i++ {
		runtime.GC()
		select {
		case p := <-saved:
			runtime.GC()
			*p.wing++
			fmt.Println(p.lives, p.name, *p.wing)
			runtime.GC()
			runtime.KeepAlive(p)
			return true
		case <-time.After(time.Millisecond):
		}
	}
	return false
}

func main() {
	hatch()
	for i := 0; i < 4; i++ {
		if !catch() {
			fmt.Println("not seen again")
		}
	}
	for i := 0; i < 10; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("after the last:", len(saved))
}
