// run
// stress

// Types that reflect makes at run time are scanned as precisely as the compiler's.
package main

import (
	"fmt"
	"reflect"
	"runtime"
)

var sink any

type small struct{ p, q *int }

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		n := -i
		sink = &n
		sink = &small{&n, &n}
		sink = fmt.Sprint("rubbish", i)
	}
}

func number(i int) *int { n := i; return &n }

func main() {
	ptr := reflect.TypeOf((*int)(nil))
	str := reflect.TypeOf("")
	fields := []reflect.StructField{
		{Name: "A", Type: reflect.TypeOf(byte(0))},
		{Name: "P", Type: ptr},
		{Name: "N", Type: reflect.ArrayOf(3, reflect.TypeOf(0))},
		{Name: "Q", Type: reflect.ArrayOf(5, ptr)},
		{Name: "S", Type: str},
	}
	st := reflect.StructOf(fields)
	large := reflect.StructOf([]reflect.StructField{
		{Name: "Head", Type: reflect.ArrayOf(100, st)},
		{Name: "Tail", Type: ptr},
	})
	arr := reflect.ArrayOf(1000, st)
	mt := reflect.MapOf(str, st)
	big := reflect.MapOf(st, reflect.ArrayOf(20, ptr))

	set := func(v reflect.Value, i int) {
		v.Field(1).Set(reflect.ValueOf(number(i)))
		v.Field(3).Index(4).Set(reflect.ValueOf(number(i + 1)))
		v.Field(4).SetString(fmt.Sprint("s", i))
	}
	wrong := 0
	check := func(v reflect.Value, i int) {
		if v.Field(1).Elem().Int() != int64(i) || v.Field(3).Index(4).Elem().Int() != int64(i+1) || v.Field(4).String() != fmt.Sprint("s", i) {
			wrong++
		}
	}
	one, l, a := reflect.New(st), reflect.New(large), reflect.New(arr)
	s := reflect.MakeSlice(reflect.SliceOf(st), 0, 3)
	m, b := reflect.MakeMap(mt), reflect.MakeMap(big)
	c := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, st), 50)
	set(one.Elem(), 7)
	for i := 0; i < 1000; i++ {
		set(a.Elem().Index(i), i)
		tmp := reflect.New(st).Elem()
		set(tmp, i)
		s = reflect.Append(s, tmp)
		if i < 100 {
			set(l.Elem().Field(0).Index(i), i)
			m.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)), tmp)
			elem := reflect.New(big.Elem()).Elem()
			elem.Index(19).Set(reflect.ValueOf(number(i)))
			b.SetMapIndex(tmp, elem)
		}
		if i < 50 {
			c.Send(tmp)
		}
	}
	l.Elem().Field(1).Set(reflect.ValueOf(number(9)))
	churn()
	churn()
	check(one.Elem(), 7)
	for i := 0; i < 1000; i++ {
		check(a.Elem().Index(i), i)
		check(s.Index(i), i)
		if i < 100 {
			check(l.Elem().Field(0).Index(i), i)
			check(m.MapIndex(reflect.ValueOf(fmt.Sprint("key", i))), i)
		}
		if i < 50 {
			x, _ := c.Recv()
			check(x, i)
		}
	}
	for it := b.MapRange(); it.Next(); {
		if it.Key().Field(1).Elem().Int() != it.Value().Index(19).Elem().Int() {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong, l.Elem().Field(1).Elem().Int(), s.Len(), b.Len())
}
