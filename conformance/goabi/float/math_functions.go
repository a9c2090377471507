// run

// Functions of package math that have assembly or intrinsics, at their corners.
package main

import (
	"fmt"
	"math"
	"math/bits"
)

//go:noinline
func id(f float64) float64 { return f }

func main() {
	for _, f := range []float64{0, 2, -0.5, 0.5, 1.5, 2.5, -2.5, 1e300, math.Inf(1), math.Inf(-1), math.NaN()} {
		x := id(f)
		fmt.Println(x, math.Sqrt(x), math.Floor(x), math.Ceil(x), math.Trunc(x), math.Round(x), math.RoundToEven(x), math.Abs(x))
	}
	zero := id(0)
	fmt.Println(math.Signbit(-zero), math.Signbit(math.Copysign(zero, -1)), math.Copysign(3, -zero), 1/math.Copysign(zero, -1))
	fmt.Println(math.Max(zero, math.Copysign(zero, -1)), math.Min(id(1), math.NaN()), math.Max(math.Inf(1), math.NaN()))
	fmt.Println(math.Mod(7, id(-3)), math.Remainder(7, id(3)), math.Hypot(3, id(4)), math.Cbrt(id(27)))
	fmt.Println(math.FMA(id(1e16), 1+1.0/(1<<30), -1e16), math.Float64bits(id(1)), math.Float32frombits(0x40490fdb))
	frac, exp := math.Frexp(id(10))
	ip, fp := math.Modf(id(-3.25))
	fmt.Println(frac, exp, ip, fp, math.Ldexp(id(0.625), 4), math.Nextafter(1, id(2)) > 1, math.IsInf(id(1e308)*10, 1))
	fmt.Println(bits.LeadingZeros64(uint64(id(5))), bits.TrailingZeros32(40), bits.OnesCount64(math.MaxUint64), bits.Reverse8(3), bits.Len(0))
	hi, lo := bits.Mul64(math.MaxUint64, uint64(id(3)))
	q, r := bits.Div64(1, uint64(id(5)), 7)
	sum, carry := bits.Add64(math.MaxUint64, uint64(id(1)), 1)
	fmt.Println(hi, lo, q, r, sum, carry)
	func() {
		defer func() { fmt.Println(recover()) }()
		bits.Div64(8, 0, uint64(id(8)))
	}()
}
