// run
// stress

// Library code that calls back: sort and map keys meet growth in the callback.
package main

import (
	"fmt"
	"sort"
	"strings"
)

//go:noinline
func burn(n int) int {
	var pad [30]int
	if n == 0 {
		return 0
	}
	pad[n%30] = 1
	return burn(n-1) + pad[n%30] - 1
}

type key struct {
	a interface{}
	s string
}

func main() {
	done := make(chan bool)
	go func() {
		list := strings.Fields("the quick brown fox jumps over the lazy dog again and again")
		calls := 0
		sort.Slice(list, func(i, j int) bool {
			calls++
			return burn(calls*10) == 0 && list[i] < list[j]
		})
		fmt.Println(list)
		m := map[key]int{}
		for i := 0; i < 50; i++ {
			m[key{i % 7, fmt.Sprint(i % 5)}] += i + burn(i*20)
		}
		fmt.Println(len(m), m[key{3, "2"}])
		up := strings.Map(func(r rune) rune {
			burn(500)
			return r - 32
		}, "upper")
		fmt.Println(up)
		close(done)
	}()
	<-done
}
