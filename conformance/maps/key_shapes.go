// run agree.go

// Keys of plain memory and strings, in all arrangements: each map agrees with one by text, small and large, while it is filled, copied,
// emptied, iterated while it grows, and reached by reflection.
package main

import (
	"fmt"
	"strings"
)

// text gives strings of all lengths, by copies, so that equal ones do not lie at the same place.
func text(i int) string { return strings.Clone(strings.Repeat(fmt.Sprint(i, ":"), 1+i%13)) }

// stack fills a map that never leaves the frame.
func stack() int {
	m := make(map[struct {
		a int
		s string
	}]int)
	for i := 0; i < 8; i++ {
		m[struct {
			a int
			s string
		}{i, "s"}] = i
	}
	return m[struct {
		a int
		s string
	}{5, strings.Clone("s")}]
}

func main() {
	type is struct {
		a int
		s string
	}
	type iis struct {
		a, b int
		s    string
	}
	type bs struct {
		a int8
		s string
	}
	type b3s struct {
		a [3]byte
		s string
	}
	type s1 struct{ s string }
	type si struct {
		s string
		a int
	}
	type sb struct {
		s string
		a int16
	}
	type isi struct {
		a int
		s string
		b int
	}
	type long struct {
		a [5]int
		s string
		b [3]int
	}
	type longer struct {
		a [9]int
		s string
	}
	type gap struct {
		a int8
		b int64
		s string
	}
	type blank struct {
		a int32
		_ int32
		s string
	}
	type nested struct {
		in struct {
			a, b int32
			s    string
		}
		t [2]struct{ s string }
		z struct{}
	}
	type four struct{ a, b, c, d string }
	type floating struct {
		f float64
		s string
	}
	type held struct {
		s string
		v any
	}
	check("is", func(i int) is { return is{i % 3, text(i)} })
	check("iis", func(i int) iis { return iis{i, i * 3, text(i % 5)} })
	check("bs", func(i int) bs { return bs{int8(i), text(i)} })
	check("b3s", func(i int) b3s { return b3s{[3]byte{byte(i), byte(i >> 8), 1}, text(i % 7)} })
	check("s1", func(i int) s1 { return s1{text(i)} })
	check("si", func(i int) si { return si{text(i % 5), i} })
	check("sb", func(i int) sb { return sb{text(i), int16(i)} })
	check("isi", func(i int) isi { return isi{i % 50, text(i % 7), i / 50} })
	check("long", func(i int) long { return long{[5]int{4: i % 50}, text(i % 7), [3]int{2: i / 50}} })
	check("longer", func(i int) longer { return longer{[9]int{8: i}, text(i % 7)} })
	check("gap", func(i int) gap { return gap{int8(i % 5), int64(i), text(i % 7)} })
	check("blank", func(i int) blank { return blank{int32(i), int32(0), text(i % 7)} })
	check("nested", func(i int) nested {
		var n nested
		n.in.a, n.in.b, n.in.s, n.t[0].s, n.t[1].s = int32(i%10), int32(i/10%10), text(i%7), text(i/100), text(i)
		return n
	})
	check("four", func(i int) four { return four{text(i % 10), text(i / 10 % 10), text(i / 100 % 10), text(i / 1000)} })
	check("floating", func(i int) floating { return floating{float64(i), text(i % 7)} })
	check("held", func(i int) held { return held{text(i % 7), i} })
	check("[2]string", func(i int) [2]string { return [2]string{text(i % 100), text(i / 100)} })
	check("[3]string", func(i int) [3]string { return [3]string{text(i % 10), text(i / 10 % 10), text(i / 100)} })
	check("[2]is", func(i int) [2]is { return [2]is{{i, "x"}, {i + 1, text(i)}} })

	// What is equal though its strings lie elsewhere, and what is not though it has the same bytes.
	m := map[[2]string]int{{"ab", "c"}: 1, {"a", "bc"}: 2, {"", "abc"}: 3, {"abc", ""}: 4}
	fmt.Println(len(m), m[[2]string{strings.Clone("ab"), "c"}], m[[2]string{"a", strings.Clone("bc")}], m[[2]string{"", "abc"}], m[[2]string{"abc"}])
	swapped := map[isi]int{}
	for a := 0; a < 20; a++ {
		for b := 0; b < 20; b++ {
			swapped[isi{a, "", b}] = 100*a + b
		}
	}
	fmt.Println(len(swapped), swapped[isi{3, "", 17}], swapped[isi{17, "", 3}], swapped[isi{4, "", 4}])
	fmt.Println(stack())
}
