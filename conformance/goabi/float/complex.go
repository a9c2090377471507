// run

// Complex arithmetic, division above all: zeros, infinities and NaNs in all places.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func div(a, b complex128) complex128 { return a / b }

//go:noinline
func div64(a, b complex64) complex64 { return a / b }

func main() {
	inf, nan := math.Inf(1), math.NaN()
	values := []float64{0, 1, -2, inf, nan}
	kinds := map[string]int{}
	for _, a := range values {
		for _, b := range values {
			for _, c := range values {
				for _, d := range values {
					q := div(complex(a, b), complex(c, d))
					// The sign of a NaN is not the same everywhere.
					kinds[fmt.Sprint(math.IsNaN(real(q)), math.IsInf(real(q), 0), math.IsNaN(imag(q)), math.IsInf(imag(q), 0))]++
				}
			}
		}
	}
	fmt.Println(kinds)
	fmt.Println(div(1, 0), div(-1, 0), div(1i, 0), div(1+1i, complex(inf, 0)), div(complex(inf, 1), 2i))
	fmt.Println(div(3+4i, 1-2i), div(1, 3i), div64(3+4i, 1-2i), div64(1+1i, 3))
	fmt.Println(div(complex(1e308, 1e308), complex(1e308, 1e308)), div(complex(1e-308, 0), complex(0, 1e-308)))
	x := 3 - 4i
	fmt.Println(x*x, x+1, -x, x == complex(3, -4), real(x), imag(x), x*0)
	var c64 complex64 = complex64(x)
	fmt.Println(c64*c64, c64 == 3-4i, complex128(c64)/2)
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println(div(0, 0))
	}()
}
