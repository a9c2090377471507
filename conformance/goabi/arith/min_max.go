// run

// min and max of strings and floats: NaN, zeros of both signs, equal strings, any number of arguments.
package main

import (
	"fmt"
	"math"
	"slices"
	"unsafe"
)

//go:noinline
func floats[F float32 | float64](a, b F) (F, F) { return min(a, b), max(a, b) }

//go:noinline
func texts(a, b, c string) (string, string) { return min(a, b, c), max(a, b, c) }

//go:noinline
func three(a, b, c float64) (float64, float64) { return min(a, b, c), max(a, b, c) }

func show(f float64) string { return fmt.Sprintf("%v(%t)", f, math.Signbit(f)) }

func main() {
	nan, inf, zero := math.NaN(), math.Inf(1), math.Copysign(0, -1)
	values := []float64{0, zero, 1, -1, inf, -inf, math.MaxFloat64, math.SmallestNonzeroFloat64, nan}
	for _, a := range values {
		for _, b := range values {
			l, h := floats(a, b)
			l32, h32 := floats(float32(a), float32(b))
			if a != a || b != b {
				// A NaN's sign is nothing to rely on.
				fmt.Println(a, b, l, h, l32, h32)
				continue
			}
			fmt.Println(show(a), show(b), show(l), show(h), show(float64(l32)), show(float64(h32)))
		}
	}
	for _, a := range values[:4] {
		l, h := three(a, zero, 0)
		fmt.Println(show(l), show(h))
	}
	fmt.Println(three(1, nan, 2))

	for _, t := range [][3]string{{"b", "a", "c"}, {"", "a", ""}, {"abc", "ab", "abcd"}, {"\xff", "z", "\x00"}, {"x", "x", "x"}} {
		l, h := texts(t[0], t[1], t[2])
		fmt.Printf("%q %q %q\n", t, l, h)
	}
	// Of equal strings the first is the answer.
	a, b := string([]byte("same")), string([]byte("same"))
	l, h := texts(a, b, b)
	fmt.Println(unsafe.StringData(l) == unsafe.StringData(a), unsafe.StringData(h) == unsafe.StringData(a))
	fmt.Println(slices.Min([]string{"q", "p", "r"}), slices.Max([]float64{1, zero, 3}), slices.Min([]float32{0, float32(zero)}))
}
