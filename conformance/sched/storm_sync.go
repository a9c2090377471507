// run
// stress

// Mutex, RWMutex, Cond, WaitGroup, Once and Pool, used by many goroutines at once.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

func mutexes() {
	var mu sync.Mutex
	var rw sync.RWMutex
	n, m := 0, [4]int{}
	var wg sync.WaitGroup
	for g := 0; g < 50; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 60; i++ {
				mu.Lock()
				n++
				if i%20 == g%20 {
					runtime.Gosched()
				}
				mu.Unlock()
				if i%8 == 0 {
					rw.Lock()
					for k := range m {
						m[k]++
					}
					if g%10 == 0 {
						runtime.Gosched()
					}
					rw.Unlock()
				} else {
					rw.RLock()
					if m[0] != m[3] {
						panic("a reader sees half a write")
					}
					if i%7 == 0 {
						runtime.Gosched()
					}
					rw.RUnlock()
				}
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(n, m)
}

func conds() {
	var mu sync.Mutex
	notEmpty, notFull := sync.NewCond(&mu), sync.NewCond(&mu)
	var queue []int
	sum := 0
	var wg sync.WaitGroup
	for g := 0; g < 12; g++ {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				mu.Lock()
				for len(queue) >= 3 {
					notFull.Wait()
				}
				queue = append(queue, i)
				notEmpty.Signal()
				mu.Unlock()
			}
		}()
		go func() {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				mu.Lock()
				for len(queue) == 0 {
					notEmpty.Wait()
				}
				sum += queue[0]
				queue = queue[1:]
				if i%10 == 0 {
					notFull.Broadcast()
				} else {
					notFull.Signal()
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(sum, len(queue))
}

func rest() {
	var once [20]sync.Once
	var ran atomic.Int64
	pool := sync.Pool{New: func() any { return new([4]int) }}
	var wg sync.WaitGroup
	start := make(chan bool)
	for g := 0; g < 60; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			<-start
			for i := range once {
				once[(g+i)%len(once)].Do(func() {
					runtime.Gosched()
					ran.Add(1)
				})
				x := pool.Get().(*[4]int)
				x[0]++
				x[1]++
				if x[0] != x[1] {
					panic("two have one thing of the pool")
				}
				if i%4 == 0 {
					runtime.Gosched()
				}
				x[1], x[0] = 0, 0
				pool.Put(x)
			}
		}(g)
	}
	close(start)
	wg.Wait()
	fmt.Println(ran.Load())
	// Waits and phases of one WaitGroup, used again and again.
	var phase sync.WaitGroup
	total := 0
	for i := 0; i < 100; i++ {
		phase.Add(5)
		var n atomic.Int64
		for g := 0; g < 5; g++ {
			go func() {
				n.Add(1)
				phase.Done()
			}()
		}
		phase.Wait()
		total += int(n.Load())
	}
	fmt.Println(total)
}

func main() {
	mutexes()
	conds()
	rest()
}
