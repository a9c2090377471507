// run
// stress
// timeout: 20

// Tens of thousands of finalizers, for objects of all sizes, set by several goroutines while others collect.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type sized[T any] struct {
	id   int
	body T
	self *int
}

var ran, sum, wrong atomic.Int64

//go:noinline
func add[T any](id int) {
	s := &sized[T]{id: id}
	s.self = &s.id
	runtime.SetFinalizer(s, func(s *sized[T]) {
		if *s.self != s.id || s.self != &s.id {
			wrong.Add(1)
		}
		sum.Add(int64(s.id))
		ran.Add(1)
	})
}

func main() {
	const each = 2000
	var wg sync.WaitGroup
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < each; i++ {
				id := g*each + i
				add[int](id)
				add[[2]string](id)
				add[[20]*int](id)
				if i%20 == 0 {
					add[[500]byte](id)
					add[[5000]uintptr](id) // a span of its own
				}
				if i%500 == 0 {
					runtime.GC()
				}
			}
		}(g)
	}
	wg.Wait()
	const all = 4 * (each*3 + each/20*2)
	for i := 0; i < 1000 && ran.Load() < all; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	want := int64(0)
	for id := int64(0); id < 4*each; id++ {
		want += 3 * id
		if id%each%20 == 0 {
			want += 2 * id
		}
	}
	fmt.Println("ran:", ran.Load(), "sum:", sum.Load() == want, "wrong:", wrong.Load())
}
