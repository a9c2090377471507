// run

// Arithmetic at the edges: denormals, gradual underflow, overflow, float32 rounding,
// comparisons with NaN.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func half(f float64) float64 { return f / 2 }

//go:noinline
func half32(f float32) float32 { return f / 2 }

func main() {
	steps := 0
	for f := 1.0; f != 0; f = half(f) {
		steps++
	}
	steps32 := 0
	for f := float32(1); f != 0; f = half32(f) {
		steps32++
	}
	fmt.Println(steps, steps32)
	tiny := math.SmallestNonzeroFloat64
	fmt.Println(half(tiny), half(3*tiny) == 2*tiny, tiny*half(1) == 0, half(-tiny) == 0, math.Signbit(half(-tiny)))
	max := math.MaxFloat64
	fmt.Println(max+half(max), max*half(4), -max*2*half(4), max+1 == max)
	nan := math.NaN()
	fmt.Println(nan == nan, nan != nan, nan < 1, nan > 1, nan <= nan, !(nan >= 1))
	var a, b float32 = 16777216, 1
	fmt.Println(a+b == a, float64(a)+float64(b) == 16777217, (a+b)-a)
	x, y, z := half(0.2), half(0.4), half(0.6)
	fmt.Println(x+y == z, x+y, z)
	sum := float32(0)
	for i := 0; i < 1000; i++ {
		sum += half32(0.2)
	}
	fmt.Println(sum)
	inf := math.Inf(1)
	fmt.Println(inf-inf != inf-inf, inf > max, -inf < -max, inf == inf, 1/inf)
}
