// run
// stress

// Arguments of goroutines that have not begun to run, and what finished goroutines had, which is let go.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type box struct {
	id   int
	text string
}

var freed, bad atomic.Int32
var sink any
var wg sync.WaitGroup

//go:noinline
func fresh(id int) *box {
	b := &box{id, fmt.Sprint("box", id)}
	runtime.SetFinalizer(b, func(*box) { freed.Add(1) })
	return b
}

func check(b *box, id int) {
	if b.id != id || b.text != fmt.Sprint("box", id) {
		bad.Add(1)
	}
}

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &box{-1, "rubbish"}
		x, y := i, &box{}
		sink = func() { x += y.id }
	}
}

func (b *box) run(id int, others ...*box) {
	defer wg.Done()
	check(b, id)
	for i, o := range others {
		check(o, id+i+1)
	}
}

func many(a, b, c, d *box, arr [3]*box, s string, e, f, g, h, i, j *box, id int) {
	defer wg.Done()
	for n, x := range []*box{a, b, c, d, arr[0], arr[1], arr[2], e, f, g, h, i, j} {
		check(x, id+n)
	}
	if s != fmt.Sprint(id) {
		bad.Add(1)
	}
}

//go:noinline
func launch(n int) (boxes int32) {
	for i := 0; i < n; i++ {
		wg.Add(3)
		go fresh(i).run(i, fresh(i+1), fresh(i+2))
		go many(fresh(i), fresh(i+1), fresh(i+2), fresh(i+3), [3]*box{fresh(i + 4), fresh(i + 5), fresh(i + 6)}, fmt.Sprint(i),
			fresh(i+7), fresh(i+8), fresh(i+9), fresh(i+10), fresh(i+11), fresh(i+12), i)
		b := fresh(i)
		go func(id int) {
			defer wg.Done()
			check(b, id)
		}(i)
		boxes += 3 + 13 + 1
		if i%20 == 0 {
			churn()
		}
	}
	churn()
	return boxes
}

func main() {
	n := launch(100)
	wg.Wait()
	for i := 0; i < 500 && freed.Load() < n; i++ {
		churn()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("bad:", bad.Load(), "freed all:", freed.Load() == n)
}
