// run

// Atomic operations of every width, under contention.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

type config struct{ name string }

func main() {
	var i32 atomic.Int32
	var u64 atomic.Uint64
	var old int64
	var p atomic.Pointer[config]
	var v atomic.Value
	var wg sync.WaitGroup
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 500; i++ {
				i32.Add(1)
				u64.Add(^uint64(0))
				for {
					was := atomic.LoadInt64(&old)
					if atomic.CompareAndSwapInt64(&old, was, was+2) {
						break
					}
				}
				p.Store(&config{fmt.Sprint(g)})
				v.Store([]int{g, g, g})
				if c := v.Load().([]int); c[0] != c[1] || c[1] != c[2] {
					panic("torn value")
				}
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(i32.Load(), -int64(u64.Load()), old, p.Load().name >= "0")
	fmt.Println(i32.Swap(-7), i32.CompareAndSwap(-7, 1), i32.CompareAndSwap(-7, 2), i32.Load())
	defer func() { fmt.Println(recover()) }()
	v.Store("another type")
}
