// run
// stderr

// println of floating point numbers: always the same seven digits, rounded.
package main

import "math"

func main() {
	for _, f := range []float64{
		0, math.Copysign(0, -1), 1, 10, 100, 123456789, 0.1, 0.001, 1.0 / 3, 2.0 / 3, 9.9999995, 9.99999949,
		math.Pi, -math.E, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e100, 1e-100, 1e22, 12345678.5,
		math.Inf(1), math.Inf(-1), math.NaN(), 4.9e-324, 5e-5, 0.5, 99999999, 999999.5,
	} {
		println(f)
	}
	println(float32(math.MaxFloat32), float32(1e-45), float32(16777217))
	println(complex(math.Inf(1), math.NaN()), complex(0, -1.25))
}
