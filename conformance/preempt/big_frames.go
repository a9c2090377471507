// run
// stress

// Frames of more than a displacement holds, and structures that are copied and cleared by special routines: sequences of several
// instructions that must be whole, or begun again.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

type block [40]uint64

//go:noinline
func far(n int) (sum uint64) {
	var a [9000]uint64
	var b [9000]uint64
	for i := 0; i < n; i++ {
		a[i%9000] += b[(i*7)%9000] + uint64(i)
		b[i%9000] ^= a[(i*5)%9000]
		sum += a[8999] + b[8999]
	}
	return sum + a[4500]
}

//go:noinline
func copies(n int) uint64 {
	var x, y, z block
	for i := 0; i < n; i++ {
		x[i%40]++
		y = x
		z = y
		y = block{}
		x = z
		x[(i+1)%40] += y[i%40] + z[i%40]
	}
	return x[3] + z[4]
}

var table [16]atomic.Uint64

//go:noinline
func atomics(n int) (sum uint64) {
	var local [16]uint64
	for i := 0; i < n; i++ {
		v := table[i&15].Add(1)
		local[i&15] += v
		table[(i+1)&15].CompareAndSwap(v, v)
		sum ^= local[(i+3)&15] + table[i&15].Swap(v)
	}
	return
}

func all() [3]uint64 {
	for i := range table {
		table[i].Store(0)
	}
	return [3]uint64{far(600_000), copies(300_000), atomics(300_000)}
}

func main() {
	want := all()
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		var m runtime.MemStats
		for !stop.Load() {
			runtime.ReadMemStats(&m)
			runtime.Gosched()
		}
		ended <- true
	}()
	for i := 0; i < 3; i++ {
		if got := all(); got != want {
			panic(fmt.Sprint("damaged: ", got, " want ", want))
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(want)
}
