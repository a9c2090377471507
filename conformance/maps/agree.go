// What programs of this directory share.
package main

import (
	"fmt"
	"maps"
	"reflect"
)

// check holds maps of keys against maps of their texts.
func check[K comparable](name string, key func(i int) K) {
	for _, n := range []int{1, 7, 8, 9, 100, 5000} {
		m, byText := map[K]int{}, map[string]int{}
		for i := 0; i < n; i++ {
			m[key(i)] = i
			byText[fmt.Sprint(i)] = i
		}
		for i := 0; i < n; i++ {
			m[key(i)]++
			byText[fmt.Sprint(i)]++
		}
		if len(m) != n {
			fmt.Println(name, n, "length", len(m))
		}
		c := maps.Clone(m)
		for i := 0; i < 2*n; i++ {
			want, there := byText[fmt.Sprint(i)]
			if got, ok := m[key(i)]; got != want || ok != there {
				fmt.Println(name, n, i, "looked up", got, ok)
			}
			if got := reflect.ValueOf(m).MapIndex(reflect.ValueOf(key(i))); got.IsValid() != there || there && got.Int() != int64(want) {
				fmt.Println(name, n, i, "reflected", got)
			}
		}
		for i := 0; i < 2*n; i += 2 {
			delete(m, key(i))
		}
		if len(m) != n/2 || len(c) != n {
			fmt.Println(name, n, "after deletion", len(m), len(c))
		}
		// Each of the old keys is met once, though the map grows and old ones are looked up in new tables.
		met, first := map[K]int{}, 0
		for k := range c {
			if met[k]++; first < 3*n {
				for j := 0; j < 3; j++ {
					c[key(n+first)] = -1
					first++
				}
			}
		}
		for i := 0; i < n; i++ {
			if met[key(i)] != 1 {
				fmt.Println(name, n, i, "met", met[key(i)])
			}
		}
		reflect.ValueOf(c).SetMapIndex(reflect.ValueOf(key(0)), reflect.ValueOf(77))
		if c[key(0)] != 77 {
			fmt.Println(name, n, "set by reflection", c[key(0)])
		}
	}
	fmt.Println(name)
}
