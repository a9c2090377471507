// run
// gomaxprocs: 1,2

// A lock that is only spun for: its holder needs the processor that a spinning goroutine has.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

var lock atomic.Int32
var turn int

func main() {
	const workers, rounds = 3, 2
	var wg sync.WaitGroup
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for r := 0; r < rounds; r++ {
				for {
					for !lock.CompareAndSwap(0, 1) {
					}
					mine := turn%workers == w
					if mine {
						turn++
					}
					lock.Store(0)
					if mine {
						break
					}
				}
			}
		}(w)
	}
	wg.Wait()
	fmt.Println(turn)
}
