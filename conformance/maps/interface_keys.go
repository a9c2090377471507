// run
// stress

// Keys in interfaces are equal when type and value are.
package main

import "fmt"

type celsius float64

type point struct{ x, y int }

func (p point) String() string { return fmt.Sprintf("<%d,%d>", p.x, p.y) }

func main() {
	m := map[interface{}]string{
		1: "int", int8(1): "int8", uint(1): "uint", 1.0: "float64", float32(1): "float32",
		celsius(1): "celsius", "1": "string", true: "bool", 'a': "rune", nil: "nil",
		point{1, 2}: "point", [2]int{1, 2}: "array", complex(1, 0): "complex",
		struct{ a, b string }{"a", "b"}: "struct",
	}
	fmt.Println(len(m))
	for _, k := range []interface{}{1, uint(1), 1.0, celsius(1), "1", int32(97), nil, point{1, 2}, [2]int{1, 2}, &m} {
		fmt.Printf("%T %q\n", k, m[k])
	}
	fmt.Println(m[struct{ a, b string }{"a", "b"}], m[complex64(1)] == "")

	s := map[fmt.Stringer]int{}
	for i := 0; i < 100; i++ {
		s[point{i % 10, i % 3}]++
	}
	q := point{1, 1}
	s[&q]++
	s[&q]++
	fmt.Println(len(s), s[point{1, 1}], s[&q], s[nil])
}
