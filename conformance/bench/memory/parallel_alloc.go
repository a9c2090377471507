// run report.go

// A goroutine for each processor, allocating objects of many sizes that live for a short while.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// goroutines is not GOMAXPROCS: what is computed must not depend on the machine. It is a multiple of small ones.
const goroutines = 12

type node struct {
	next *node
	data []byte
	id   uint64
}

// sizes of data, most of them small.
var sizes = [16]int{8, 8, 16, 16, 24, 32, 48, 64, 64, 96, 128, 256, 512, 1024, 4096, 32 << 10}

func work(seed, n int) uint64 {
	r := random(seed + 1)
	ring := make([]*node, 4096)
	sum := checksum
	for i := 0; i < n; i++ {
		x := r.next()
		size := sizes[x>>20&15]
		if size > 1024 && x>>30&15 != 0 {
			size = 16
		}
		at := x >> 40 % uint64(len(ring))
		fresh := &node{data: make([]byte, size), id: uint64(i)}
		fresh.data[0], fresh.data[size-1] = byte(i), byte(i)
		if old := ring[at]; old != nil {
			if old.data[0] != byte(old.id) || old.data[len(old.data)-1] != byte(old.id) {
				fail("object %d was changed", old.id)
			}
			sum = mix(sum, old.id)
			// Every other one is held once more, through its successor.
			if i%2 == 0 {
				fresh.next = old
				old.next = nil
			}
		}
		ring[at] = fresh
	}
	return sum
}

func main() {
	n := scaled(1_200_000)
	w := watch(time.Millisecond)
	sums := make([]uint64, goroutines)
	seeds := make(chan int, goroutines)
	for i := range sums {
		seeds <- i
	}
	close(seeds)
	start := time.Now()
	var wg sync.WaitGroup
	for p := runtime.GOMAXPROCS(0); p > 0; p-- {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for seed := range seeds {
				sums[seed] = work(seed, n)
			}
		}()
	}
	wg.Wait()
	perOp("parallel_alloc", time.Since(start), goroutines*n)
	for i, sum := range sums {
		check(fmt.Sprint("worker_", i), sum)
	}
	w.report()
}
