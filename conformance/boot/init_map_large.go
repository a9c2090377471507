// run

// Maps that are package variables are filled before main, small and large ones.
package main

import "fmt"

var days = map[int]string{
	0: "sun", 1: "mon", 2: "tue", 3: "wed", 4: "thu", 5: "fri", 6: "sat",
}

var squares = map[int]int{
	0: 0, 1: 1, 2: 4, 3: 9, 4: 16, 5: 25, 6: 36, 7: 49, 8: 64, 9: 81, 10: 100,
	11: 121, 12: 144, 13: 169, 14: 196, 15: 225, 16: 256, 17: 289, 18: 324, 19: 361,
	20: 400, 21: 441, 22: 484, 23: 529, 24: 576, 25: 625, 26: 676, 27: 729, 28: 784,
	29: 841, 30: 900, 31: 961, 32: 1024, 33: 1089, 34: 1156, 35: 1225, 36: 1296,
}

var nested = map[string]map[string]float64{
	"a": {"x": 1.5, "y": 2.5},
	"b": {},
	"c": nil,
}

func main() {
	fmt.Println(days)
	bad := 0
	for k, v := range squares {
		if k*k != v {
			bad++
		}
	}
	fmt.Println(len(squares), bad, squares[36])
	fmt.Println(nested)
	fmt.Println(nested["c"] == nil, nested["b"] == nil, nested["zzz"]["zzz"])
}
