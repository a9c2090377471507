// run

// Type switches over concrete types, interfaces, nil, several types in one case, and
// their order.
package main

import (
	"errors"
	"fmt"
)

type a struct{ v int }
type b struct{ v int }
type list []interface{}

func (a) Error() string { return "a as an error" }

func kind(x interface{}) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int:
		return fmt.Sprint("int ", v+1)
	case int8, int16, int32:
		return fmt.Sprintf("small %T", v)
	case float64:
		return fmt.Sprint("float ", v/2)
	case string:
		return "string " + v
	case error:
		return "error " + v.Error()
	case b, *b:
		return fmt.Sprintf("b or pointer %T", v)
	case fmt.Stringer, fmt.Formatter:
		return "formats itself"
	case func() string:
		return "func " + v()
	case []int:
		return fmt.Sprint("ints ", len(v))
	case list:
		s := "list"
		for _, e := range v {
			s += "," + kind(e)
		}
		return s
	case map[string]int, chan int:
		return fmt.Sprintf("reference %T", v)
	case struct{ x, y int }:
		return fmt.Sprint("anonymous ", v.x+v.y)
	case [3]bool:
		return fmt.Sprint("array ", v[1])
	default:
		return fmt.Sprintf("other %T", v)
	}
}

func main() {
	for _, x := range []interface{}{
		nil, 1, int8(2), 'r', 3.0, "s", errors.New("e"), a{1}, &a{2}, b{3}, &b{4},
		func() string { return "called" }, []int{1, 2}, list{1, nil, list{"deep"}},
		map[string]int{}, make(chan int), struct{ x, y int }{3, 4}, [3]bool{1: true},
		uint(7), complex(1, 1), struct{}{}, (*int)(nil), error(nil), []string(nil),
	} {
		fmt.Println(kind(x))
	}
}
