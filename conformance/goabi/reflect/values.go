// run

// Reading and setting through reflection: kinds, fields, elements, what may be set.
package main

import (
	"fmt"
	"reflect"
	"strings"
)

type inner struct{ N int }

type rec struct {
	A int8
	B string `json:"b,omitempty" other:"x"`
	C []int
	D map[string]int
	E *inner
	F interface{}
	inner
	g float64
	H [2]bool
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name+":", r)
		}
	}()
	f()
}

func main() {
	r := rec{g: 1.5}
	v := reflect.ValueOf(&r).Elem()
	t := v.Type()
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		fmt.Println(f.Name, f.Type, f.Type.Kind(), f.Offset, f.Tag.Get("json"), v.Field(i).CanSet(), f.Anonymous)
	}
	v.Field(0).SetInt(-5)
	v.FieldByName("B").SetString("set")
	v.FieldByName("C").Set(reflect.Append(v.FieldByName("C"), reflect.ValueOf(1), reflect.ValueOf(2)))
	v.FieldByName("D").Set(reflect.MakeMap(t.Field(3).Type))
	v.FieldByName("D").SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf(9))
	v.FieldByName("E").Set(reflect.New(reflect.TypeOf(inner{})))
	v.FieldByName("E").Elem().Field(0).SetInt(77)
	v.FieldByName("F").Set(reflect.ValueOf("in an interface"))
	v.FieldByName("N").SetInt(3)
	v.Field(8).Index(1).SetBool(true)
	fmt.Println(r.A, r.B, r.C, r.D, *r.E, r.F, r.N, r.g, r.H)
	fmt.Println(v.FieldByName("F").Elem().Kind(), v.FieldByName("nothing").IsValid(), v.FieldByIndex([]int{6, 0}))
	try("unexported", func() { v.FieldByName("g").SetFloat(2) })
	try("not addressable", func() { reflect.ValueOf(r).Field(0).SetInt(1) })
	try("wrong kind", func() { v.Field(0).SetString("x") })
	try("wrong type", func() { v.Field(1).Set(reflect.ValueOf(5)) })
	try("nil pointer", func() { reflect.ValueOf((*rec)(nil)).Elem().Field(0) })
	try("index", func() { v.FieldByName("C").Index(5) })
	try("zero value", func() { reflect.Value{}.Type() })
	fmt.Println(v.Field(0).OverflowInt(200), reflect.Zero(t).IsZero(), reflect.Indirect(reflect.ValueOf(&r)).Field(1))
	fmt.Println(reflect.ValueOf(3.9).Convert(reflect.TypeOf(0)), reflect.ValueOf(65).Convert(reflect.TypeOf("")), reflect.TypeOf(r).ConvertibleTo(t))
	s := reflect.ValueOf([]string{"a", "b", "c", "d"})
	fmt.Println(s.Slice(1, 3), s.Slice3(0, 1, 2).Cap(), strings.Join(s.Slice(0, 2).Interface().([]string), ""))
	swap := reflect.Swapper(s.Interface())
	swap(0, 3)
	fmt.Println(s, reflect.Copy(s, s.Slice(2, 4)), s)
}
