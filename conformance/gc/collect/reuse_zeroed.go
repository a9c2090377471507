// run
// stress

// Memory that was collected comes back zeroed, whatever its size and whatever was in it.
package main

import (
	"fmt"
	"runtime"
)

type pair struct {
	p *byte
	n uintptr
}

var one byte
var keepBytes [][]byte
var keepPairs [][]pair

func dirty(size, n int) (notZero int) {
	for i := 0; i < n; i++ {
		b := make([]byte, size)
		for j, x := range b {
			if x != 0 {
				notZero++
			}
			b[j] = 0xa5
		}
		p := make([]pair, (size+15)/16)
		for j, x := range p {
			if x.p != nil || x.n != 0 {
				notZero++
			}
			p[j] = pair{&one, ^uintptr(0)}
		}
		if i%3 == 0 {
			keepBytes, keepPairs = append(keepBytes, b), append(keepPairs, p)
		}
	}
	return notZero
}

func main() {
	sizes := []int{16, 32, 80, 208, 512, 1024, 1792, 4096, 9000, 32768, 40000, 200_000}
	notZero := 0
	for round := 0; round < 4; round++ {
		for _, size := range sizes {
			notZero += dirty(size, min(300, max(3, 300_000/size)))
		}
		keepBytes, keepPairs = nil, nil
		runtime.GC()
	}
	fmt.Println("words that were not zero:", notZero)
}
