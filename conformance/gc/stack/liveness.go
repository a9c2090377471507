// run
// stress
// timeout: 30

// A variable keeps its object up to its last use and no longer; KeepAlive is a use.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	id  int
	pad [5]*int
}

var freed [20]atomic.Bool

//go:noinline
func fresh(id int) *thing {
	t := &thing{id: id}
	runtime.SetFinalizer(t, func(t *thing) { freed[t.id].Store(true) })
	return t
}

func isFreed(id int) bool {
	for i := 0; i < 500 && !freed[id].Load(); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return freed[id].Load()
}

func isKept(id int) bool {
	for i := 0; i < 4; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return !freed[id].Load()
}

//go:noinline
func parameter(t *thing) bool {
	id := t.id
	return isFreed(id) // the caller has no use for it either
}

//go:noinline
func used(t *thing) (bool, int) {
	kept := isKept(4)
	return kept, t.id
}

//go:noinline
func branches(flag bool) (a, b bool) {
	t := fresh(5)
	if flag {
		a = isFreed(5)
	} else {
		a = isKept(5)
		t.id++
	}
	t = fresh(6)
	b = isKept(6)
	runtime.KeepAlive(t)
	return a, b
}

//go:noinline
func aggregate() (bool, bool) {
	pair := struct{ a, b *thing }{fresh(7), fresh(8)}
	x, y := pair.a, pair.b
	first := isKept(7)
	runtime.KeepAlive(x)
	second := isFreed(7)
	runtime.KeepAlive(y)
	return first, second
}

func main() {
	t := fresh(1)
	t.pad[0] = new(int)
	fmt.Println("dead local is freed:", isFreed(1))
	u := fresh(2)
	fmt.Println("kept alive:", isKept(2))
	runtime.KeepAlive(u)
	fmt.Println("and then freed:", isFreed(2))
	fmt.Println("dead parameter is freed:", parameter(fresh(3)))
	fmt.Println(used(fresh(4)))
	fmt.Println(branches(true))
	fmt.Println(aggregate())
	v := fresh(9)
	for i := 0; i < 3; i++ {
		fmt.Println("loop:", isKept(9), v.id)
	}
	v = nil
	fmt.Println("overwritten:", isFreed(9))
	func() {
		d := fresh(10)
		defer func() { fmt.Println("deferred use:", isKept(10), d.id) }()
	}()
	fmt.Println("after it:", isFreed(10))
	done := make(chan bool)
	go func() {
		w := fresh(11)
		runtime.KeepAlive(w)
		done <- isFreed(11)
	}()
	fmt.Println("goroutine:", <-done)
}
