// run agree.go

// Keys of numbers and interfaces: each map agrees with one by text, small and large, while it is filled, copied, emptied, iterated while it grows,
// and reached by reflection. Zeros of both signs are one key, NaNs are none, and what cannot be compared panics wherever it is.
package main

import (
	"fmt"
	"math"
)

type named int

func (n named) String() string { return fmt.Sprint(int(n)) }

type point struct{ x, y float64 }

func (p point) String() string { return fmt.Sprint(p.x, p.y) }

type deep struct {
	p point
	v any
}

// hold gives values of many types.
func hold(i int) any {
	switch i % 10 {
	case 0:
		return i
	case 1:
		return float64(i) / 4
	case 2:
		return fmt.Sprint(i)
	case 3:
		return int8(i%100)<<1 | int8(i/100%2) // Not unique by itself.
	case 4:
		return named(i)
	case 5:
		return point{float64(i), 1}
	case 6:
		return [2]int{i, i}
	case 7:
		return deep{point{1, float64(i)}, i}
	case 8:
		return float32(i)
	default:
		return [1]any{i}
	}
}

type stringer = fmt.Stringer

func panics(what string, f func()) {
	defer func() { fmt.Println(what, recover()) }()
	f()
}

func main() {
	type ff struct{ x, y float64 }
	type f4 struct{ a, b, c, d float64 }
	type f5 struct{ a, b, c, d, e float64 }
	type ia struct {
		i int
		v any
	}
	type ai struct {
		v any
		i int
	}
	type aa struct{ v, w any }
	type si struct {
		s stringer
		i int
	}
	type sa struct {
		s stringer
		v any
	}
	type halves struct {
		a int32
		f float32
		v any
	}
	type gap struct {
		f float32
		d float64
		i int32
	}
	type pf struct {
		p *int
		f float64
	}
	type cf struct {
		c complex128
		i int
	}
	type bf struct {
		b bool
		f float64
	}
	type blank struct {
		f float64
		_ any
		i int
	}
	cells := make([]int, 20000)
	check("ff", func(i int) ff { return ff{float64(i), float64(i) / 3} })
	check("f4", func(i int) f4 { return f4{1, 2, float64(i % 7), float64(i)} })
	check("f5", func(i int) f5 { return f5{1, 2, 3, float64(i % 7), float64(i)} })
	check("ia", func(i int) ia { return ia{i, hold(i % 50)} })
	check("ai", func(i int) ai { return ai{hold(i), i} })
	check("aa", func(i int) aa { return aa{hold(i), i} })
	check("si", func(i int) si { return si{named(i % 10), i} })
	check("sa", func(i int) sa { return sa{point{float64(i), 2}, nil} })
	check("halves", func(i int) halves { return halves{int32(i), float32(i), hold(i)} })
	check("gap", func(i int) gap { return gap{1, float64(i), int32(i)} })
	check("pf", func(i int) pf { return pf{&cells[i], 1} })
	check("cf", func(i int) cf { return cf{complex(1, float64(i)), i} })
	check("bf", func(i int) bf { return bf{i%2 == 0, float64(i)} })
	check("blank", func(i int) blank { return blank{float64(i), hold(i), i} })
	check("[2]float64", func(i int) [2]float64 { return [2]float64{float64(i), 1} })
	check("[3]float32", func(i int) [3]float32 { return [3]float32{1, float32(i), 2} })
	check("[2]any", func(i int) [2]any { return [2]any{i, hold(i)} })
	check("[4]any", func(i int) [4]any { return [4]any{nil, 1.5, hold(i), i} })
	check("[1]any", func(i int) [1]any { return [1]any{named(i)} })

	zero := 0.0
	z := map[ff]int{{zero, 1}: 1}
	z[ff{-zero, 1}]++
	z[ff{math.Copysign(0, -1), 1}]++
	fmt.Println(len(z), z[ff{0, 1}])
	zi := map[ia]int{{1, zero}: 1}
	zi[ia{1, math.Copysign(0, -1)}]++
	zi[ia{1, float32(0)}]++
	zi[ia{1, 0}]++
	zi[ia{1, nil}]++
	fmt.Println(len(zi), zi[ia{1, 0.0}])
	nan := math.NaN()
	nans := map[ff]int{}
	for i := 0; i < 100; i++ {
		nans[ff{1, nan}] = i
		nans[ff{nan, 1}] = i
	}
	_, ok := nans[ff{1, nan}]
	delete(nans, ff{1, nan})
	fmt.Println(len(nans), ok)
	clear(nans)
	fmt.Println(len(nans))
	inner := map[ia]int{}
	for i := 0; i < 100; i++ {
		inner[ia{1, nan}] = i
		inner[ia{2, point{nan, 1}}] = i
	}
	fmt.Println(len(inner))

	bad := []any{[]int{1}, map[int]int{}, func() {}, [1]any{[]int{}}, struct{ f func() }{}, deep{v: []int{}}}
	for _, b := range bad {
		for _, n := range []int{0, 1, 20} {
			m := map[ia]int{}
			for i := 0; i < n; i++ {
				m[ia{i, i}] = i
			}
			panics("look-up", func() { fmt.Println(m[ia{1, b}]) })
			panics("assignment", func() { m[ia{1, b}] = 1 })
			panics("deletion", func() { delete(m, ia{1, b}) })
			panics("array", func() { fmt.Println(map[[2]any]int{{1, 2}: 3}[[2]any{1, b}]) })
			fmt.Println(len(m))
		}
	}
}
