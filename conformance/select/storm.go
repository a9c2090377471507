// run
// stress

// Selects over many channels, sending and receiving, with channels that become nil and channels that
// close; nothing is lost, nothing comes twice.
package main

import (
	"fmt"
	"sync"
)

func main() {
	const channels, workers, each = 6, 10, 150
	var cs [channels]chan int
	for i := range cs {
		cs[i] = make(chan int, i%3)
	}
	done := make(chan struct{})
	sums := make(chan [2]int)
	var producing sync.WaitGroup
	for w := 0; w < workers; w++ {
		producing.Add(1)
		go func(w int) {
			defer producing.Done()
			for i := 1; i <= each; i++ {
				a, b, c := cs[(w+i)%channels], cs[(w+i+1)%channels], cs[(w*i)%channels]
				if i%7 == 0 {
					b = nil
				}
				select {
				case a <- i:
				case b <- i:
				case c <- i:
				case <-done:
					panic("done too soon")
				}
			}
		}(w)
		go func() {
			count, sum := 0, 0
			mine := cs
			open := channels
			for open > 0 {
				var v int
				var ok bool
				var i int
				select {
				case v, ok = <-mine[0]:
					i = 0
				case v, ok = <-mine[1]:
					i = 1
				case v, ok = <-mine[2]:
					i = 2
				case v, ok = <-mine[3]:
					i = 3
				case v, ok = <-mine[4]:
					i = 4
				case v, ok = <-mine[5]:
					i = 5
				}
				if !ok {
					if v != 0 {
						panic("a closed channel gave something")
					}
					mine[i] = nil
					open--
					continue
				}
				count++
				sum += v
			}
			sums <- [2]int{count, sum}
		}()
	}
	producing.Wait()
	for _, c := range cs {
		close(c)
	}
	count, sum := 0, 0
	for w := 0; w < workers; w++ {
		s := <-sums
		count += s[0]
		sum += s[1]
	}
	close(done)
	fmt.Println(count == workers*each, sum == workers*each*(each+1)/2)
}
