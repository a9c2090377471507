// run
// gomaxprocs: 2,4

// Copies and clears of much memory are made in pieces: a stop of the world need not wait until they are over.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

const size = 128 << 20

var stop atomic.Bool

func main() {
	ended := make(chan int)
	go func() {
		a, b := make([]byte, size), make([]byte, size)
		p := make([]*int, size/16)
		n := 0
		for !stop.Load() {
			a[n], a[size-1] = 1, 2
			copy(b, a)
			clear(a)
			copy(b[1:], b)
			clear(p)
			n++
		}
		if b[size-1] != 2 && b[size-1] != 0 {
			panic("damaged")
		}
		ended <- n
	}()
	time.Sleep(200 * time.Millisecond)
	var m runtime.MemStats
	best := time.Hour
	for i := 0; i < 50; i++ {
		time.Sleep(3 * time.Millisecond)
		begin := time.Now()
		runtime.ReadMemStats(&m)
		if d := time.Since(begin); d < best {
			best = d
		}
	}
	stop.Store(true)
	fmt.Println(<-ended > 0, best < 2*time.Second)
}
