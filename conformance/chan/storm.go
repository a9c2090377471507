// run
// stress

// Many goroutines send and receive on channels of several capacities at once; every element arrives
// once, and every sum is right.
package main

import (
	"fmt"
	"sync"
)

type item struct {
	from, n int
	pad     [5]int
	name    *string
}

func main() {
	for _, capacity := range []int{0, 1, 3, 64} {
		const senders, receivers, each = 16, 12, 200
		c := make(chan item, capacity)
		sums := make(chan [2]int, receivers)
		var sending sync.WaitGroup
		for s := 0; s < senders; s++ {
			sending.Add(1)
			go func(s int) {
				defer sending.Done()
				name := fmt.Sprint("sender ", s)
				for i := 0; i < each; i++ {
					v := item{from: s, n: i, name: &name}
					v.pad[i%5] = i
					c <- v
				}
			}(s)
		}
		for r := 0; r < receivers; r++ {
			go func() {
				count, sum := 0, 0
				last := map[int]int{}
				for v := range c {
					if want := fmt.Sprint("sender ", v.from); *v.name != want || v.pad[v.n%5] != v.n {
						panic(fmt.Sprint("torn element ", v, *v.name))
					}
					if before, ok := last[v.from]; ok && before >= v.n {
						panic("one sender's elements out of order")
					}
					last[v.from] = v.n
					count++
					sum += v.n
				}
				sums <- [2]int{count, sum}
			}()
		}
		sending.Wait()
		close(c)
		count, sum := 0, 0
		for r := 0; r < receivers; r++ {
			s := <-sums
			count += s[0]
			sum += s[1]
		}
		fmt.Println(capacity, count, sum)
	}
}
