// run
// stress

// Goroutines come and go by the thousand: a stack that is used again holds nothing of its former owner,
// and what that one had is freed.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type box struct {
	id  int
	pad [6]*box
}

var freed, bad atomic.Int32

//go:noinline
func fresh(id int) *box {
	b := &box{id: id}
	runtime.SetFinalizer(b, func(*box) { freed.Add(1) })
	return b
}

//go:noinline
func work(n, id int) int {
	var dirty [8]*box
	dirty[n%8] = fresh(id)
	if n > 0 {
		return work(n-1, id) + dirty[n%8].id
	}
	runtime.Gosched()
	return dirty[0].id
}

func main() {
	const rounds, n = 20, 100
	boxes := int32(0)
	for r := 0; r < rounds; r++ {
		var wg sync.WaitGroup
		for i := 0; i < n; i++ {
			wg.Add(1)
			boxes += int32(i%10 + 1)
			go func(i int) {
				defer wg.Done()
				if work(i%10, i) != i*(i%10+1) {
					bad.Add(1)
				}
			}(i)
		}
		if r%4 == 0 {
			runtime.GC()
		}
		wg.Wait()
	}
	for i := 0; i < 500 && freed.Load() < boxes; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("bad:", bad.Load(), "freed all:", freed.Load() == boxes)
}
