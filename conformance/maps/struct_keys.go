// run

// Struct keys: strings, floats, nested arrays, interfaces, padding and blank fields.
package main

import "fmt"

type padded struct {
	a byte
	_ [3]byte
	b int32
	c bool
	d int64
}

type blank struct {
	x int
	_ string
	y string
	_ float64
}

type nested struct {
	name string
	pts  [2]struct{ x, y float64 }
	any  interface{}
	ptr  *int
}

//go:noinline
func dirty(v byte) padded {
	var junk [64]byte
	for i := range junk {
		junk[i] = v
	}
	return padded{a: junk[0] - v + 1, b: 2, c: true, d: int64(len(junk))}
}

func main() {
	p := map[padded]int{}
	for i := 0; i < 200; i++ {
		p[dirty(byte(i))]++
	}
	fmt.Println(len(p), p[padded{a: 1, b: 2, c: true, d: 64}])

	b := map[blank]int{}
	b[blank{x: 1, y: "one"}] = 1
	b[blank{x: 1, y: "one"}]++
	b[blank{x: 1, y: "uno"}]++
	fmt.Println(len(b), b[blank{x: 1, y: "one"}])

	n := map[nested]string{}
	v := 5
	for i := 0; i < 50; i++ {
		k := nested{name: fmt.Sprint("n", i%5), any: i % 2, ptr: &v}
		k.pts[1].y = float64(i % 10)
		n[k] += "x"
	}
	k := nested{name: "n3", any: 1, ptr: &v}
	k.pts[1].y = 3
	fmt.Println(len(n), n[k])
	k.any = int64(1)
	fmt.Println(n[k] == "")
	e := map[struct{}]int{{}: 1}
	e[struct{}{}]++
	fmt.Println(e, len(map[[0]string]bool{{}: true}))
}
