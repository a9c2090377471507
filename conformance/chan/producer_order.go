// run
// stress

// Values of one producer stay in order, however many producers share the channel.
package main

import "fmt"

type item struct{ from, serial int }

func main() {
	for _, capacity := range []int{0, 1, 7} {
		c := make(chan item, capacity)
		const producers, each = 6, 150
		for p := 0; p < producers; p++ {
			go func(p int) {
				for i := 0; i < each; i++ {
					select {
					case c <- item{p, i}:
					}
				}
			}(p)
		}
		var next [producers]int
		disorder := 0
		for i := 0; i < producers*each; i++ {
			v := <-c
			if v.serial != next[v.from] {
				disorder++
			}
			next[v.from]++
		}
		fmt.Println(capacity, disorder, next)
	}
}
