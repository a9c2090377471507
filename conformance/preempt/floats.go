// run
// stress

// Floating-point registers: loops of arithmetic that keep as many values in registers as there are give the same whether or not
// they are interrupted all the time.
package main

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
)

func polynomial(n int) (sum float64) {
	a, b, c, d, e, f, g, h := 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5
	i, j, k, l, m, o, p := 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0
	for x := 0; x < n; x++ {
		a = a*0.5 + b
		b = b*0.25 + c
		c = math.Sqrt(c*c*0.5 + math.Abs(d))
		d = d*0.5 - e*0.0625
		e = e*0.125 + f
		f = math.Abs(f - g*0.5)
		g = g*0.75 + h*0.125
		h = h*0.5 + i*0.25
		i = i*0.5 - j*0.125
		j = j*0.25 + k
		k = k*0.5 + l*0.25
		l = l*0.125 - m
		m = m*0.5 + o*0.5
		o = math.Floor(o*0.5) + p
		p = p*0.5 + float64(x&7)
	}
	return a + b + c + d + e + f + g + h + i + j + k + l + m + o + p
}

func single(n int) (sum float32) {
	a, b, c, d := float32(1), float32(2), float32(3), float32(4)
	for x := 0; x < n; x++ {
		a = a*0.5 + b*0.25
		b = b*0.5 + c*0.25
		c = c*0.5 + d*0.25
		d = d*0.5 + float32(x&3)
	}
	return a + b + c + d
}

func main() {
	const n = 2_000_000
	quiet, quiet32 := polynomial(n), single(n)
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
		if got := polynomial(n); got != quiet {
			panic(fmt.Sprint(got, quiet))
		}
		if got := single(n); got != quiet32 {
			panic(fmt.Sprint(got, quiet32))
		}
	}
	stop.Store(true)
	<-ended
	fmt.Println(quiet, quiet32)
}
