// run
// stress

// Goroutines that wait for mutexes, conditions, wait groups, timers and each other keep what their stacks
// lead to.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

type box struct {
	id   int
	text string
	list []*box
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		sink = &box{-1, "rubbish", nil}
		sink = fmt.Sprint("rubbish", i)
	}
}

func fresh(id int) *box {
	b := &box{id, fmt.Sprint("box", id), nil}
	for i := 0; i < 5; i++ {
		b.list = append(b.list, &box{id * i, fmt.Sprint(id * i), nil})
	}
	return b
}

func (b *box) good() bool {
	for i, x := range b.list {
		if x.id != b.id*i || x.text != fmt.Sprint(b.id*i) {
			return false
		}
	}
	return b.text == fmt.Sprint("box", b.id) && len(b.list) == 5
}

func main() {
	var mu, inner sync.Mutex
	var rw sync.RWMutex
	var gate, started, done sync.WaitGroup
	var once sync.Once
	cond := sync.NewCond(&inner)
	open := false
	timer := make(chan bool)
	bad := make(chan int, 1000)
	mu.Lock()
	rw.Lock()
	gate.Add(1)
	waits := []func(){
		func() { mu.Lock(); mu.Unlock() },
		func() { rw.RLock(); rw.RUnlock() },
		func() { gate.Wait() },
		func() {
			inner.Lock()
			for !open {
				cond.Wait()
			}
			inner.Unlock()
		},
		func() { time.Sleep(20 * time.Millisecond) },
		func() { once.Do(func() { <-timer }) },
		func() {
			select {
			case <-timer:
			case <-time.After(time.Hour):
			}
		},
	}
	const each = 20
	for i := 0; i < each*len(waits); i++ {
		started.Add(1)
		done.Add(1)
		go func(i int) {
			defer done.Done()
			b, local := fresh(i), [3]*box{fresh(i + 1), nil, fresh(i + 2)}
			p := &local
			started.Done()
			waits[i%len(waits)]()
			if !b.good() || !p[0].good() || !local[2].good() || p[2].id != i+2 {
				bad <- i
			}
		}(i)
	}
	started.Wait()
	for i := 0; i < 5; i++ {
		churn()
		time.Sleep(time.Millisecond)
	}
	inner.Lock()
	open = true
	inner.Unlock()
	cond.Broadcast()
	mu.Unlock()
	churn()
	rw.Unlock()
	gate.Done()
	close(timer)
	done.Wait()
	fmt.Println("bad:", len(bad))
}
