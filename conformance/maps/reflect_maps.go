// run

// Maps made, written and ranged over by reflection.
package main

import (
	"fmt"
	"reflect"
	"sort"
)

type id struct {
	N int
	S string
}

func main() {
	t := reflect.MapOf(reflect.TypeOf(id{}), reflect.TypeOf([]string(nil)))
	v := reflect.MakeMapWithSize(t, 10)
	for i := 0; i < 100; i++ {
		v.SetMapIndex(reflect.ValueOf(id{i, fmt.Sprint(i)}), reflect.ValueOf([]string{"v", fmt.Sprint(i)}))
	}
	m := v.Interface().(map[id][]string)
	fmt.Println(t, v.Len(), m[id{42, "42"}])
	v.SetMapIndex(reflect.ValueOf(id{42, "42"}), reflect.Value{})
	fmt.Println(len(m), v.MapIndex(reflect.ValueOf(id{42, "42"})).IsValid())

	var keys []int
	for _, k := range v.MapKeys() {
		keys = append(keys, k.Interface().(id).N)
	}
	sort.Ints(keys)
	fmt.Println(len(keys), keys[0], keys[98])
	sum := 0
	for it := v.MapRange(); it.Next(); {
		sum += it.Key().Field(0).Interface().(int) * len(it.Value().Interface().([]string))
	}
	fmt.Println(sum)

	counts := map[string]int{"a": 1, "b": 2}
	r := reflect.ValueOf(counts)
	it := r.MapRange()
	k, e := reflect.New(r.Type().Key()).Elem(), reflect.New(r.Type().Elem()).Elem()
	total := 0
	for it.Next() {
		k.SetIterKey(it)
		e.SetIterValue(it)
		total += int(e.Int()) * len(k.String())
	}
	r.Clear()
	fmt.Println(total, len(counts))
	func() {
		defer func() { fmt.Println(recover()) }()
		reflect.ValueOf(map[string]int(nil)).SetMapIndex(reflect.ValueOf("x"), reflect.ValueOf(1))
	}()
	fmt.Println(reflect.DeepEqual(map[int][]int{1: {2}}, map[int][]int{1: {2}}))
}
