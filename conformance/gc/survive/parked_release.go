// run
// stress

// A sender that waits keeps what it sends; once received and dropped, it is gone. A select that went one
// way does not keep what its other cases would have sent.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type box struct {
	id int
	p  *int
}

var freed atomic.Int32

//go:noinline
func fresh(id int) *box {
	b := &box{id, new(int)}
	*b.p = id
	runtime.SetFinalizer(b, func(*box) { freed.Add(1) })
	return b
}

func collect(n int32) int32 {
	for i := 0; i < 500 && freed.Load() < n; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	time.Sleep(time.Millisecond)
	return freed.Swap(0)
}

//go:noinline
func receive(c chan *box) int { return *(<-c).p }

func main() {
	const n = 50
	c, other, done := make(chan *box), make(chan *box), make(chan bool)
	for i := 0; i < n; i++ {
		go func(i int) {
			c <- fresh(i)
			done <- true
		}(i)
	}
	for i := 0; i < 3; i++ {
		time.Sleep(time.Millisecond)
		runtime.GC()
	}
	fmt.Println("waiting:", freed.Load())
	sum := 0
	for i := 0; i < n; i++ {
		sum += receive(c)
		<-done
	}
	fmt.Println("received:", sum, "freed:", collect(n))
	for i := 0; i < n; i++ {
		go func(i int) {
			select {
			case c <- fresh(i):
			case other <- fresh(i):
			case b := <-never:
				runtime.KeepAlive(b)
			}
			<-done // stays, with nothing
		}(i)
	}
	sum = 0
	for i := 0; i < n; i++ {
		sum += receive(c)
	}
	fmt.Println("selected:", sum, "freed:", collect(2*n))
	close(done)
}

var never chan *box
