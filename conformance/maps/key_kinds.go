// run

// Keys of every basic kind, at their limits.
package main

import (
	"fmt"
	"math"
)

func fill[K comparable](name string, keys ...K) {
	m := map[K]int{}
	for round := 0; round < 2; round++ {
		for i, k := range keys {
			m[k] = i
		}
	}
	found := 0
	for i, k := range keys {
		if v, ok := m[k]; ok && v == i {
			found++
		}
	}
	var zero K
	_, hasZero := m[zero]
	delete(m, keys[0])
	fmt.Println(name, len(keys), len(m), found, hasZero)
}

type named string

func main() {
	fill("bool", true, false)
	fill[int8]("int8", -128, -1, 0, 1, 127)
	fill[uint8]("uint8", 0, 1, 128, 255)
	fill[int16]("int16", math.MinInt16, -1, 0, math.MaxInt16)
	fill[uint16]("uint16", 0, 1, math.MaxUint16)
	fill[int32]("int32", math.MinInt32, -1, 0, 1, math.MaxInt32)
	fill[uint32]("uint32", 1, 1<<31, math.MaxUint32)
	fill[int64]("int64", math.MinInt64, -1, 0, 1<<32, math.MaxInt64)
	fill[uint64]("uint64", 0, 1<<32, 1<<63, math.MaxUint64)
	fill("int", math.MinInt, 0, math.MaxInt)
	fill[uintptr]("uintptr", 0, 4096, ^uintptr(0))
	fill("rune", 'a', 'ä', '世', 0x10ffff)
	fill[float32]("float32", 1, -1, 0.1, math.MaxFloat32, float32(math.Inf(1)))
	fill("float64", 0, 1, -1, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(-1))
	fill[complex64]("complex64", 1, 1i, -1i, 1+1i)
	fill("complex128", 0, 1i, 1, complex(math.Inf(1), 0))
	fill("string", "", "a", "ab", "\x00", "a\x00", "a longer key than fits in a register or two")
	fill[named]("named", "x", "y")
	x, y := 1, 1
	fill("pointer", &x, &y, nil)
	c, d := make(chan int), make(chan int)
	fill("chan", c, d, nil)
	fill("array", [2]int{1, 2}, [2]int{2, 1}, [2]int{})
	fill[any]("any", 1, "1", 1.0, int8(1), nil, [1]int{1}, struct{}{})
	fill("error", error(nil), fmt.Errorf("a"), fmt.Errorf("a"))
}
