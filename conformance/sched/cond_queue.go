// run

// A bounded queue made of a mutex and two conditions.
package main

import (
	"fmt"
	"sync"
)

type queue struct {
	mu              sync.Mutex
	notFull, filled *sync.Cond
	items           []int
	limit, max      int
}

func (q *queue) put(v int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == q.limit {
		q.notFull.Wait()
	}
	q.items = append(q.items, v)
	if len(q.items) > q.max {
		q.max = len(q.items)
	}
	q.filled.Signal()
}

func (q *queue) take() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.filled.Wait()
	}
	v := q.items[0]
	q.items = q.items[1:]
	q.notFull.Signal()
	return v
}

func main() {
	q := &queue{limit: 3}
	q.notFull, q.filled = sync.NewCond(&q.mu), sync.NewCond(&q.mu)
	for p := 0; p < 5; p++ {
		go func(p int) {
			for i := 0; i < 100; i++ {
				q.put(p*100 + i)
			}
		}(p)
	}
	sums := make(chan int)
	for c := 0; c < 4; c++ {
		go func() {
			sum := 0
			for i := 0; i < 125; i++ {
				sum += q.take()
			}
			sums <- sum
		}()
	}
	total := 0
	for c := 0; c < 4; c++ {
		total += <-sums
	}
	fmt.Println(total, q.max <= q.limit)
}
