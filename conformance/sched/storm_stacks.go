// run
// stress

// Thousands of goroutines grow their stacks by recursion, yield in the depth, and come back with the
// right answer, while others stop the world.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type node struct {
	up *node
	v  int
}

//go:noinline
func down(n int, up *node) int {
	here := node{up: up, v: n}
	if n == 0 {
		runtime.Gosched()
		sum := 0
		for p := &here; p != nil; p = p.up {
			sum += p.v
		}
		return sum
	}
	r := down(n-1, &here)
	if here.v != n || here.up != up {
		panic("a frame was damaged")
	}
	return r
}

func main() {
	var wg sync.WaitGroup
	wrong := make(chan int, 2000)
	for g := 0; g < 1000; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			depth := 10 + g%90
			if got := down(depth, nil); got != depth*(depth+1)/2 {
				wrong <- got
			}
		}(g)
	}
	stop := make(chan bool)
	stopped := make(chan bool)
	go func() {
		var m runtime.MemStats
		buf := make([]byte, 1<<12)
		for {
			select {
			case <-stop:
				close(stopped)
				return
			default:
				runtime.ReadMemStats(&m)
				runtime.Stack(buf, true)
				runtime.Gosched()
			}
		}
	}()
	wg.Wait()
	close(stop)
	<-stopped
	fmt.Println(len(wrong))
}
