// run
// stress

// Goroutines end in every way: by return, by Goexit under deferred calls, by a panic that is recovered,
// by a fault that is recovered, from the depth of a grown stack.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

//go:noinline
func fall(n int, end func()) int {
	if n == 0 {
		end()
		return 0
	}
	return fall(n-1, end) + 1
}

func main() {
	var counts [5]atomic.Int64
	var wg sync.WaitGroup
	for g := 0; g < 400; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			kind := g % 5
			defer func() {
				r := recover()
				switch {
				case kind == 2 && r == any(g), kind < 2 && r == nil:
					counts[kind].Add(1)
				case kind > 2:
					if err, ok := r.(runtime.Error); ok && strings.HasPrefix(err.Error(), "runtime error: ") {
						counts[kind].Add(1)
					}
				}
			}()
			fall(g%70, func() {
				switch kind {
				case 1:
					runtime.Goexit()
				case 2:
					panic(g)
				case 3:
					var p *int
					*p = g
				case 4:
					var s []int
					s[g]++
				}
			})
		}(g)
	}
	wg.Wait()
	for i := range counts {
		fmt.Println(counts[i].Load())
	}
}
