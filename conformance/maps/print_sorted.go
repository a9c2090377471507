// run

// fmt prints maps sorted by key, so the printout does not depend on the iteration.
package main

import (
	"fmt"
	"math"
)

type color struct {
	r, g uint8
	name string
}

func main() {
	fmt.Println(map[int]string{3: "c", -1: "z", 2: "b", 1: "a"})
	fmt.Println(map[string]bool{"b": true, "a": false, "": true, "B": true})
	fmt.Println(map[float64]int{math.Inf(1): 1, -1: 2, math.NaN(): 3, 0: 4})
	fmt.Println(map[bool]int{true: 1, false: 0})
	fmt.Println(map[[2]int]int{{2, 1}: 1, {1, 9}: 2, {1, 2}: 3})
	fmt.Println(map[color]int{{1, 2, "x"}: 1, {1, 1, "y"}: 2, {0, 9, "z"}: 3})
	fmt.Println(map[interface{}]int{7: 1, 2: 2, 1: 3, -5: 4, 100: 5})
	fmt.Printf("%v %d %q\n", map[rune]rune{'b': 'c', 'a': 'd'}, map[byte]byte{2: 1, 1: 2}, map[string]string{"k": "v"})
	fmt.Printf("%#v\n", map[string][]int{"b": nil, "a": {1}})
	var null map[int]int
	fmt.Printf("%v %#v %d\n", null, null, len(null))
}
