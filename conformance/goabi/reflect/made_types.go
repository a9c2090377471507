// run
// stress

// Types made at run time are the same as the compiler's, and work as well.
package main

import (
	"fmt"
	"reflect"
)

func main() {
	i, s, f := reflect.TypeOf(0), reflect.TypeOf(""), reflect.TypeOf(0.0)
	fmt.Println(reflect.SliceOf(s) == reflect.TypeOf([]string(nil)), reflect.MapOf(s, i) == reflect.TypeOf(map[string]int(nil)),
		reflect.PtrTo(f) == reflect.TypeOf((*float64)(nil)), reflect.ArrayOf(3, i) == reflect.TypeOf([3]int{}),
		reflect.ChanOf(reflect.RecvDir, i) == reflect.TypeOf((<-chan int)(nil)),
		reflect.FuncOf([]reflect.Type{i, reflect.SliceOf(s)}, []reflect.Type{f}, true) == reflect.TypeOf(func(int, ...string) float64 { return 0 }))

	// None of these is written anywhere in the program.
	st := reflect.StructOf([]reflect.StructField{
		{Name: "Name", Type: s, Tag: `k:"v"`},
		{Name: "Age", Type: reflect.TypeOf(int16(0))},
		{Name: "Next", Type: reflect.TypeOf((*interface{})(nil)).Elem()},
		{Name: "Data", Type: reflect.ArrayOf(5, reflect.TypeOf(byte(0)))},
	})
	fmt.Println(st, st.Size(), st.Comparable())
	mt := reflect.MapOf(st, reflect.SliceOf(st))
	m := reflect.MakeMap(mt)
	for n := 0; n < 100; n++ {
		k := reflect.New(st).Elem()
		k.Field(0).SetString(fmt.Sprint("name", n%10))
		k.Field(1).SetInt(int64(n % 5))
		k.Field(2).Set(reflect.ValueOf(n % 2))
		k.Field(3).Index(4).SetUint(uint64(n % 3))
		list := m.MapIndex(k)
		if !list.IsValid() {
			list = reflect.Zero(mt.Elem())
		}
		m.SetMapIndex(k, reflect.Append(list, k))
	}
	total := 0
	for it := m.MapRange(); it.Next(); {
		for j := 0; j < it.Value().Len(); j++ {
			if it.Value().Index(j).Interface() != it.Key().Interface() {
				fmt.Println("unequal")
			}
			total++
		}
	}
	fmt.Println(m.Len(), total)
	arr := reflect.New(reflect.ArrayOf(100, st)).Elem()
	arr.Index(99).Field(0).SetString("last")
	copied := arr.Interface()
	arr.Index(99).Field(0).SetString("changed")
	fmt.Println(reflect.ValueOf(copied).Index(99).Field(0), arr.Index(99).Field(0), reflect.ValueOf(copied).Index(0).IsZero())
	c := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, st), 2)
	c.Send(arr.Index(99))
	got, ok := c.Recv()
	fmt.Println(got.Field(0), ok, c.Type().Elem() == st)
	ft := reflect.FuncOf([]reflect.Type{st, st}, []reflect.Type{reflect.TypeOf(true)}, false)
	fn := reflect.MakeFunc(ft, func(in []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(in[0].Interface() == in[1].Interface())}
	})
	fmt.Println(fn.Call([]reflect.Value{got, got})[0], fn.Call([]reflect.Value{got, arr.Index(0)})[0])
}
