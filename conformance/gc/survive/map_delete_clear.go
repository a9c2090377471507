// run
// stress
// timeout: 30

// What was deleted from a map, or cleared, or overwritten, is not kept by it; what was put in again is.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type item struct {
	id  int
	pad [3]*int
}

var freed atomic.Int32

//go:noinline
func fill[K comparable](m map[K]*item, n int, key func(int) K) {
	for i := 0; i < n; i++ {
		it := &item{id: i}
		runtime.SetFinalizer(it, func(*item) { freed.Add(1) })
		m[key(i)] = it
	}
}

func wait(n int32) int32 {
	for i := 0; i < 500 && freed.Load() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	time.Sleep(time.Millisecond)
	return freed.Swap(0)
}

func test[K comparable](what string, key func(int) K) {
	const n = 200
	m := map[K]*item{}
	fill(m, n, key)
	for i := 0; i < n/2; i++ {
		delete(m, key(i))
	}
	fmt.Println(what, "deleted:", wait(n/2), len(m))
	fill(m, n, key)
	fmt.Println(what, "overwritten:", wait(n/2), len(m))
	sum := 0
	for _, it := range m {
		sum += it.id
	}
	clear(m)
	fmt.Println(what, "cleared:", wait(n), len(m), sum)
	fill(m, n, key)
	for k := range m {
		m[k] = nil
	}
	fmt.Println(what, "nil:", wait(n), len(m))
	runtime.KeepAlive(m)
}

func main() {
	test("int", func(i int) int { return i })
	test("string", func(i int) string { return fmt.Sprint("key", i) })
	test("any", func(i int) any { return [2]any{i, "x"} })
	// Pointers as keys are dropped too.
	m := map[*item]bool{}
	func() {
		for i := 0; i < 100; i++ {
			it := &item{id: i}
			runtime.SetFinalizer(it, func(*item) { freed.Add(1) })
			m[it] = true
		}
		for it := range m {
			if it.id%2 == 0 {
				delete(m, it)
			}
		}
	}()
	fmt.Println("keys:", wait(50), len(m))
	clear(m)
	fmt.Println("keys:", wait(50), len(m))
}
