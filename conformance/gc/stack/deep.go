// run
// stress

// Deep recursions whose frames point at each other and hold the only pointers to objects, while other
// goroutines collect.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type box struct{ id, check int }

type frame struct {
	up  *frame
	box *box
	n   int
	arr [3]*box
}

var sink *box

//go:noinline
func down(n, seed int, up *frame) (sum int) {
	here := frame{up: up, box: &box{n + seed, ^(n + seed)}, n: n}
	here.arr[n%3] = &box{n, ^n}
	p := &here // to the stack itself
	if n == 0 {
		runtime.Gosched()
		for f := up; f != nil; f = f.up {
			if f.box.check != ^f.box.id || f.arr[f.n%3].id != f.n {
				return -1 << 40
			}
			sum += f.box.id
		}
		return sum
	}
	sum = down(n-1, seed, p)
	if n%200 == 0 {
		runtime.Gosched()
	}
	if p.box.check != ^p.box.id || here.arr[n%3].check != ^n || p.up != up || p != &here {
		return -1 << 40
	}
	return sum + here.box.id
}

func main() {
	const depth = 3000
	var wg, helper sync.WaitGroup
	stop := make(chan bool)
	helper.Add(1)
	go func() {
		defer helper.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				for i := 0; i < 3000; i++ {
					sink = &box{-1, -1}
				}
				runtime.Gosched()
			}
		}
	}()
	bad := make([]int, 6)
	for g := range bad {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for round := 0; round < 4; round++ {
				want := 2 * (depth*(depth+1)/2 + depth*g)
				if got := down(depth, g, nil); got != want {
					bad[g]++
				}
			}
		}(g)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	fmt.Println("bad:", bad)
}
