// run
// exit: 2

// A traceback shows arguments as words: integers, strings, slices, structs, and dots
// where there are too many.
package main

type pair struct{ a, b int }

type nested struct {
	x int8
	p pair
	q struct{ r, s uint16 }
}

//go:noinline
func ints(a, b int, c uint8, d bool) int {
	return structs(pair{a, b}, nested{1, pair{2, 3}, struct{ r, s uint16 }{4, 5}}) + many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
}

//go:noinline
func structs(p pair, n nested) int {
	return arrays([1]int{9}, [2]int{7, 8}, struct{}{}, p.a+n.p.b)
}

//go:noinline
func arrays(one [1]int, two [2]int, none struct{}, k int) int {
	return many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, k+one[0]+two[1])
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k, l int) int {
	if l > 10 {
		panic("stop")
	}
	return a + b + c + d + e + f + g + h + i + j + k
}

func main() {
	ints(0x10, -1, 255, true)
}
