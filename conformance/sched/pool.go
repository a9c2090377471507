// run

// A Pool makes what it does not have, and never gives one thing to two users at once.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type thing struct {
	busy atomic.Bool
	buf  bytes.Buffer
}

func main() {
	var made, shared atomic.Int64
	pool := sync.Pool{New: func() any { made.Add(1); return new(thing) }}
	var wg sync.WaitGroup
	for g := 0; g < 10; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				t := pool.Get().(*thing)
				if t.busy.Swap(true) {
					shared.Add(1)
				}
				t.buf.Reset()
				fmt.Fprint(&t.buf, g, i)
				if i%10 == 0 {
					runtime.Gosched()
				}
				if t.buf.String() != fmt.Sprint(g, i) {
					shared.Add(1)
				}
				t.busy.Store(false)
				pool.Put(t)
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(shared.Load(), made.Load() >= 1 && made.Load() <= 1000)
	var bare sync.Pool
	fmt.Println(bare.Get())
}
