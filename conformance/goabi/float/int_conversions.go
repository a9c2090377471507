// run

// From floats to integers: towards zero. From integers to floats: to the nearest,
// halves to even. Only values for which the language fixes the result.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func id[T any](v T) T { return v }

func main() {
	for _, f := range []float64{0, 0.5, 0.999999, 1.5, -0.5, -1.5, 2147483647.9, -2147483648.9, 1 << 40, -(1 << 40)} {
		fmt.Print(int64(id(f)), " ")
	}
	fmt.Println()
	fmt.Println(int32(id(-7.9)), uint8(id(255.9)), int8(id(-128.0)), uint32(id(4294967295.5)), uint16(id(float32(65535))))
	fmt.Println(uint64(id(1.8446744073709550e19)), uint64(id(9.223372036854775808e18)), uint64(id(9.2233720368547748e18)))
	fmt.Println(int64(id(-9.223372036854775808e18)), uint64(id(float32(1<<63))))
	for _, i := range []int64{1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<53 + 2, 1<<53 + 3, math.MaxInt64, math.MinInt64, -1<<53 - 1} {
		fmt.Print(float64(id(i)), " ")
	}
	fmt.Println()
	for _, u := range []uint64{1 << 63, 1<<63 + 1024, 1<<63 + 1025, 1<<63 + 3072, math.MaxUint64, math.MaxUint64 - 1024, 1<<53 + 1} {
		fmt.Print(float64(id(u)), " ")
	}
	fmt.Println()
	fmt.Println(float32(id(16777217)), float32(id(uint64(1<<63+1<<39+1))), float32(id(int64(math.MaxInt64))), float32(id(uint32(math.MaxUint32))))
	fmt.Println(float32(id(0.1)), float64(float32(id(0.1))), float32(id(1e300)), float32(id(1e-50)), float32(id(3.4028235677973366e38)))
	b := uint64(0)
	for i := 0; i < 64; i++ {
		if uint64(float64(uint64(1)<<i)) == uint64(1)<<i {
			b++
		}
	}
	fmt.Println(b)
}
