// run
// stress

// Selects race channels against timers: whichever wins, each goroutine comes to its end, and no element
// is lost.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var sent, got atomic.Int64
	c := make(chan int)
	var senders, receivers sync.WaitGroup
	quit := make(chan bool)
	for g := 0; g < 20; g++ {
		senders.Add(1)
		receivers.Add(1)
		go func(g int) {
			defer senders.Done()
			for i := 0; i < 20; i++ {
				select {
				case c <- i:
					sent.Add(1)
				case <-time.After(time.Duration((g*i)%40) * time.Microsecond):
				}
			}
		}(g)
		go func(g int) {
			defer receivers.Done()
			t := time.NewTimer(time.Hour)
			for {
				if !t.Stop() {
					select {
					case <-t.C:
					default:
					}
				}
				t.Reset(time.Duration(g) * 10 * time.Microsecond)
				select {
				case <-c:
					got.Add(1)
				case <-t.C:
				case <-quit:
					return
				}
			}
		}(g)
	}
	senders.Wait()
	close(quit)
	receivers.Wait()
	fmt.Println(sent.Load() == got.Load())
}
