// run
// stress

// Integer registers and flags: sums with carries, products of two words, rotations, comparisons.
package main

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync/atomic"
)

func wide(n int) (a, b, c, d uint64) {
	var e, f, g, h uint64 = 5, 6, 7, 8
	a, b, c, d = 1, 2, 3, 4
	for i := 0; i < n; i++ {
		var carry uint64
		a, carry = bits.Add64(a, e^uint64(i), 0)
		b, carry = bits.Add64(b, f, carry)
		c, carry = bits.Add64(c, g, carry)
		d, _ = bits.Add64(d, h, carry)
		hi, lo := bits.Mul64(a, 0x9e3779b97f4a7c15)
		e += hi
		f ^= lo
		g = bits.RotateLeft64(g+a, 13)
		h -= b
		if a < c {
			h, f = f, h
		}
		var borrow uint64
		e, borrow = bits.Sub64(e, d, 0)
		f, borrow = bits.Sub64(f, c, borrow)
		g, _ = bits.Sub64(g, b, borrow)
		h += uint64(bits.LeadingZeros64(e|1) + bits.OnesCount64(f))
	}
	return a ^ e, b ^ f, c ^ g, d ^ h
}

func main() {
	const n = 2_000_000
	a, b, c, d := wide(n)
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
		if a1, b1, c1, d1 := wide(n); a1 != a || b1 != b || c1 != c || d1 != d {
			panic("damaged")
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(a, b, c, d)
}
