// run
// stress

// Many producers, many consumers, buffers of several sizes: every value arrives once.
package main

import (
	"fmt"
	"sync"
)

func trial(producers, consumers, capacity, each int) {
	c := make(chan int, capacity)
	var senders, receivers sync.WaitGroup
	for p := 0; p < producers; p++ {
		senders.Add(1)
		go func(p int) {
			defer senders.Done()
			for i := 0; i < each; i++ {
				c <- p*each + i
			}
		}(p)
	}
	seen := make([]int, producers*each)
	var mu sync.Mutex
	for k := 0; k < consumers; k++ {
		receivers.Add(1)
		go func() {
			defer receivers.Done()
			for v := range c {
				mu.Lock()
				seen[v]++
				mu.Unlock()
			}
		}()
	}
	senders.Wait()
	close(c)
	receivers.Wait()
	wrong := 0
	for _, k := range seen {
		if k != 1 {
			wrong++
		}
	}
	fmt.Println(producers, consumers, capacity, len(seen), "wrong:", wrong)
}

func main() {
	trial(1, 1, 0, 500)
	trial(1, 1, 1, 500)
	trial(5, 1, 0, 100)
	trial(1, 5, 0, 500)
	trial(8, 8, 3, 100)
	trial(20, 3, 64, 50)
}
