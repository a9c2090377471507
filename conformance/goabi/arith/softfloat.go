// run -gcflags=-d=softfloat

// Arithmetic that is compiled without floating-point instructions gives what those give.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func ops64(a, b *float64) [4]float64 { return [4]float64{*a + *b, *a - *b, *a * *b, *a / *b} }

//go:noinline
func ops32(a, b *float32) [4]float32 { return [4]float32{*a + *b, *a - *b, *a * *b, *a / *b} }

//go:noinline
func compare64(a, b *float64) [6]bool {
	return [6]bool{*a == *b, *a != *b, *a < *b, *a <= *b, *a > *b, *a >= *b}
}

//go:noinline
func compare32(a, b *float32) [6]bool {
	return [6]bool{*a == *b, *a != *b, *a < *b, *a <= *b, *a > *b, *a >= *b}
}

//go:noinline
func integers(a *float64, b *float32) (int32, int64, uint64, int32, int64, uint64) {
	return int32(*a), int64(*a), uint64(*a), int32(*b), int64(*b), uint64(*b)
}

//go:noinline
func numbers(i *int64, u *uint64) ([4]float64, [4]float32) {
	return [4]float64{float64(*i), float64(*u), float64(int32(*i)), float64(uint32(*u))},
		[4]float32{float32(*i), float32(*u), float32(int32(*i)), float32(uint32(*u))}
}

func main() {
	values := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 3, 1e300, -1e300, 1e-300, math.MaxFloat64, 4.9e-324, 2.2e-308,
		1e38, 3e-45, math.Inf(1), math.Inf(-1), math.NaN(), 123456789.125, 9007199254740993, 16777217}
	for i := range values {
		for j := range values {
			a, b := float32(values[i]), float32(values[j])
			fmt.Printf("%x %x ", ops64(&values[i], &values[j]), ops32(&a, &b))
			fmt.Println(compare64(&values[i], &values[j]), compare32(&a, &b))
		}
	}
	for _, f := range []float64{0, 0.9, -0.9, 1.5, -1.5, 2147483647, -2147483648, 1e9, 9.2e18, 1e18} {
		g := float32(f)
		fmt.Println(integers(&f, &g))
	}
	for _, i := range []int64{0, 1, -1, 16777217, 1<<53 + 1, math.MaxInt64, math.MinInt64, -(1<<62 + 1)} {
		u := uint64(i)
		f, g := numbers(&i, &u)
		fmt.Println(f, g)
	}
	// Bits, since every NaN prints the same.
	nan := math.NaN()
	sums := ops64(&nan, &values[4])
	fmt.Printf("%#x\n", math.Float64bits(sums[0]))
}
