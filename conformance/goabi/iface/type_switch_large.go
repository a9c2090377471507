// run

// A switch with so many types that it is searched, not walked.
package main

import "fmt"

type (
	t0 int
	t1 int
	t2 int
	t3 int
	t4 string
	t5 []byte
	t6 struct{ x int }
	t7 func()
	t8 *int
	t9 map[t0]t1
)

func which(x any) int {
	switch x.(type) {
	case bool:
		return 1
	case int, uint:
		return 2
	case int8:
		return 3
	case uint8:
		return 4
	case int16, uint16:
		return 5
	case int64:
		return 6
	case float32:
		return 7
	case float64:
		return 8
	case string:
		return 9
	case t0:
		return 10
	case t1:
		return 11
	case t2, t3:
		return 12
	case t4:
		return 13
	case t5:
		return 14
	case t6:
		return 15
	case t7:
		return 16
	case t8:
		return 17
	case t9:
		return 18
	}
	return -1
}

func main() {
	values := []any{
		true, 1, uint(1), int8(1), uint8(1), int16(1), uint16(1), int64(1), float32(1), 1.0, "1",
		t0(1), t1(1), t2(1), t3(1), t4("1"), t5("1"), t6{1}, t7(nil), t8(nil), t9{}, nil, uint64(1),
		[]byte("1"), struct{ x int }{1}, func() {},
	}
	for _, v := range values {
		fmt.Print(which(v), " ")
	}
	fmt.Println()
}
