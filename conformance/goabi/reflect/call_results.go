// run

// Results of reflected calls: many, mixed, of all shapes.
package main

import (
	"errors"
	"fmt"
	"reflect"
)

type pair struct {
	x int32
	y float64
}

func many() (a int, b string, c float32, d []byte, e map[string]int, f error, g pair, h [3]uint16, i bool, j complex64, k *int, l func() string) {
	n := 5
	return 1, "two", 3.5, []byte("four"), map[string]int{"five": 5}, errors.New("six"), pair{7, 7.5}, [3]uint16{8, 8, 8}, true, 10i, &n, func() string { return "twelve" }
}

func tenInts() (int, int, int, int, int, int, int, int, int, int, int) {
	return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
}

func floats() (float64, float32, float64, float32) { return 1.5, 2.5, -3.5, -4.5 }

func nested() (struct {
	a struct{ b, c int16 }
	d interface{}
}, error) {
	return struct {
		a struct{ b, c int16 }
		d interface{}
	}{struct{ b, c int16 }{1, 2}, "d"}, nil
}

func main() {
	out := reflect.ValueOf(many).Call(nil)
	fmt.Println(len(out))
	for i := 0; i < 10; i++ {
		fmt.Println(out[i].Type(), out[i])
	}
	fmt.Println(out[10].Elem().Int(), out[11].Call(nil)[0])
	sum := int64(0)
	for _, v := range reflect.ValueOf(tenInts).Call(nil) {
		sum = sum*3 + v.Int()
	}
	fmt.Println(sum)
	for _, v := range reflect.ValueOf(floats).Call(nil) {
		fmt.Print(v, " ")
	}
	fmt.Println()
	out = reflect.ValueOf(nested).Call(nil)
	fmt.Println(out[0], out[1].IsNil())
	// What a call returns is not addressable and can be used again as an argument.
	twice := reflect.ValueOf(func(p pair) pair { return pair{p.x * 2, p.y * 2} })
	v := []reflect.Value{reflect.ValueOf(pair{1, 1.5})}
	for i := 0; i < 3; i++ {
		v = twice.Call(v)
	}
	fmt.Println(v[0], v[0].CanAddr())
}
