// run

// Assigning to an existing entry keeps the first key, unless the new key may differ
// while it is equal.
package main

import (
	"fmt"
	"math"
	"unsafe"
)

func main() {
	// +0 and -0 are equal and look different: the last one stays.
	f := map[float64]int{}
	f[0] = 1
	f[math.Copysign(0, -1)] = 2
	for k, v := range f {
		fmt.Println(math.Signbit(k), v)
	}
	type key struct {
		f float64
		s string
	}
	g := map[key]int{}
	g[key{math.Copysign(0, -1), "x"}] = 1
	g[key{0, "x"}] = 2
	for k, v := range g {
		fmt.Println(math.Signbit(k.f), v)
	}
	i := map[interface{}]int{}
	i[0.0] = 1
	i[math.Copysign(0, -1)] = 2
	for k, v := range i {
		fmt.Println(math.Signbit(k.(float64)), v)
	}
	// A string key is replaced as well: the bytes of the older one are let go.
	a, b := string([]byte("same text")), string([]byte("same text"))
	s := map[string]int{}
	s[a] = 1
	s[b] = 2
	for k := range s {
		fmt.Println(unsafe.StringData(k) == unsafe.StringData(b), s)
	}
}
