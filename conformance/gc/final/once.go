// run
// stress
// timeout: 30

// A finalizer runs once, with the object it was set for, after nothing leads to it any more.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	id   int
	next *thing
	name string
}

const n = 500

var keep [n]*thing
var ran [n]atomic.Int32
var wrong atomic.Int32

func until(done func() bool) bool {
	for i := 0; i < 500 && !done(); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return done()
}

//go:noinline
func build() {
	for i := range keep {
		keep[i] = &thing{i, &thing{id: -i}, fmt.Sprint("thing", i)}
		runtime.SetFinalizer(keep[i], func(t *thing) {
			if t.name != fmt.Sprint("thing", t.id) || t.next.id != -t.id {
				wrong.Add(1)
			}
			ran[t.id].Add(1)
		})
	}
}

func count(from, step int) (sum int32) {
	for i := from; i < n; i += step {
		sum += ran[i].Load()
	}
	return sum
}

func main() {
	build()
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("while reachable:", count(0, 1))
	for i := 1; i < n; i += 2 {
		keep[i] = nil
	}
	until(func() bool { return count(1, 2) == n/2 })
	fmt.Println("dropped:", count(1, 2), "kept:", count(0, 2))
	keep = [n]*thing{}
	until(func() bool { return count(0, 1) == n })
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	for i := range ran {
		if got := ran[i].Load(); got != 1 {
			fmt.Println("ran", got, "times:", i)
		}
	}
	fmt.Println("all:", count(0, 1), "wrong:", wrong.Load())
}
