// run

// Division by zero and negative shifts, for all widths; what overflows does not panic.
package main

import (
	"fmt"
	"math"
	"runtime"
)

func try(name string, f func() interface{}) {
	defer func() {
		if r := recover(); r != nil {
			_, ok := r.(runtime.Error)
			fmt.Println(name+":", r, ok)
		}
	}()
	fmt.Println(name+":", f())
}

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

//go:noinline
func div[T integer](a, b T) T { return a / b }

//go:noinline
func mod[T integer](a, b T) T { return a % b }

func main() {
	try("int8", func() interface{} { return div[int8](1, 0) })
	try("int16", func() interface{} { return mod[int16](1, 0) })
	try("int32", func() interface{} { return div[int32](1, 0) })
	try("int64", func() interface{} { return mod[int64](1, 0) })
	try("uint8", func() interface{} { return mod[uint8](1, 0) })
	try("uint16", func() interface{} { return div[uint16](1, 0) })
	try("uint32", func() interface{} { return mod[uint32](1, 0) })
	try("uint64", func() interface{} { return div[uint64](1, 0) })
	try("min int8 / -1", func() interface{} { return div[int8](-128, -1) })
	try("min int32 / -1", func() interface{} { return div[int32](math.MinInt32, -1) })
	try("min int64 / -1", func() interface{} { return div[int64](math.MinInt64, -1) })
	try("min int64 % -1", func() interface{} { return mod[int64](math.MinInt64, -1) })
	zero, neg, x := 0, -1, 1
	try("by len", func() interface{} { return 10 / len([]int(nil)) })
	try("assign", func() interface{} { x /= zero; return x })
	try("shift left", func() interface{} { return x << neg })
	try("shift right", func() interface{} { return uint8(1) >> int8(neg) })
	try("shift far", func() interface{} { return fmt.Sprint(x<<(zero+64), -8>>(zero+100), uint8(255)<<(zero+7)) })
	f := 0.0
	try("floats", func() interface{} { return fmt.Sprint(1/f, -1/f, f/f) })
	try("overflow", func() interface{} { b := byte(zero + 255); b++; return b })
}
