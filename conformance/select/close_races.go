// run
// stress

// A channel is closed while many select on it, with senders among them who must panic, and while others
// wait in vain on channels that are never used.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var panics, closes, values atomic.Int64
	for round := 0; round < 60; round++ {
		c, wide := make(chan int), make(chan int, 2)
		neither, nor := make(chan int), make(chan int)
		var wg sync.WaitGroup
		for g := 0; g < 8; g++ {
			wg.Add(2)
			go func() {
				defer wg.Done()
				for {
					select {
					case _, ok := <-c:
						if !ok {
							closes.Add(1)
							return
						}
						values.Add(1)
					case <-neither:
						panic("never")
					case v := <-wide:
						if v != 7 {
							panic(v)
						}
						values.Add(1)
					}
				}
			}()
			go func(g int) {
				defer wg.Done()
				defer func() {
					if r := recover(); r == nil || fmt.Sprint(r) != "send on closed channel" {
						panic(fmt.Sprint("recovered ", r))
					}
					panics.Add(1)
				}()
				for {
					if g%2 == 0 {
						c <- g
					} else {
						select {
						case c <- g:
						case nor <- g:
							panic("never")
						case wide <- 7:
						}
					}
				}
			}(g)
		}
		for values.Load() < int64(round*20) {
			select {
			case wide <- 7:
			case <-c:
			}
		}
		close(c)
		wg.Wait()
	}
	fmt.Println(panics.Load(), closes.Load())
}
