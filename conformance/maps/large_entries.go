// run
// stress

// Keys and elements too large to be kept in place, in all combinations.
package main

import "fmt"

type (
	k128 [128]byte
	k129 [129]byte
	big  struct {
		pad  [200]byte
		n    int
		name string
	}
)

func keyed[K comparable](mk func(i int) K) int {
	m := map[K]big{}
	for i := 0; i < 200; i++ {
		b := m[mk(i%50)]
		b.n += i
		b.name = fmt.Sprint("entry ", i)
		b.pad[199] = byte(i)
		m[mk(i%50)] = b
	}
	sum := 0
	for k, v := range m {
		if v != m[k] || v.pad[199] < 150 {
			return -1
		}
		sum += v.n
	}
	delete(m, mk(3))
	if _, ok := m[mk(3)]; ok || len(m) != 49 {
		return -2
	}
	return sum
}

func main() {
	fmt.Println(keyed(func(i int) int { return i }))
	fmt.Println(keyed(func(i int) k128 { return k128{5: byte(i)} }))
	fmt.Println(keyed(func(i int) k129 { return k129{128: byte(i)} }))
	fmt.Println(keyed(func(i int) big { return big{n: i, name: "key"} }))
	fmt.Println(keyed(func(i int) any { return big{n: i} }))
	m := map[k129]k129{}
	var k k129
	m[k] = k
	m[k] = k129{7}
	v, ok := m[k]
	fmt.Println(len(m), v[0], ok, m[k129{1}] == k129{})
	e := map[big]struct{}{}
	e[big{n: 1}] = struct{}{}
	_, ok = e[big{n: 2}]
	fmt.Println(len(e), ok)
}
